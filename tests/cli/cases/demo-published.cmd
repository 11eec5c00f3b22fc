sh "$(dirname "$0")/../../../scripts/demo.sh" haxconn published
