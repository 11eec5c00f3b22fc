haxconn jetson rules alexnet --board orin-nx-16gb -g 2 --precision int8 -o r.json
