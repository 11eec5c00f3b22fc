haxconn schedule inputs/wait.json --robust --sensitivity --spread 20 --json s.json >/dev/null && haxconn verify inputs/wait.json s.json && sed -n '/"sensitivity": {/,$p' s.json
