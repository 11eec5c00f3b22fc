s/0 to [0-9]+/0 to N/
