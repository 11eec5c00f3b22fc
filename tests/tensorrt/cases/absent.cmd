HAX_STANDIN=absent=yes haxconn units --platform jetson
