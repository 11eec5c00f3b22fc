haxconn schedule inputs/single.json --pin "*:#0=dla" --pin "*:7=gpu" --join net:5-9 --max-transitions 3
