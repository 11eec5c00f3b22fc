haxconn import artifact inputs/layer_results.json --artifact again.json
