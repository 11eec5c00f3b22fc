for table in smooth regions two; do haxconn contention fit inputs/pressure-$table.txt | grep -A1 chosen; done; haxconn contention fit inputs/pressure-smooth.txt --error-limit 1 | grep -A1 chosen
