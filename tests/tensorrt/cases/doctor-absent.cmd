HAX_STANDIN=absent=yes haxconn doctor --board 2>/dev/null | grep -E 'MISSING|NONE|in short'
