s/"version": "[0-9.]+"/"version": "VERSION"/
