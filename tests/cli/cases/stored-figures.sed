s/less than two minutes ago/AGE ago/
s/[0-9][0-9]* of [0-9][0-9]* runs/SOME runs/
