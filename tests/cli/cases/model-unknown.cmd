haxconn model show alexnett
