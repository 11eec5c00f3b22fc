for value in -5 0 100001 1e99 1e-99 x 1.5 nan; do haxconn run alexnet --rounds $value; done; haxconn run alexnet --seconds -1
