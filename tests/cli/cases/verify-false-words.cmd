haxconn verify inputs/verify/crossed.json inputs/verify/false-words.json
