haxconn import auto inputs/layer_results.json --profile p.json
