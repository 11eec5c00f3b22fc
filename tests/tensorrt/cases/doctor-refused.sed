s/: [0-9]+[.][0-9]+ ms/: T ms/
s/differ by [0-9.e-]+/differ by D/
s/^kernel .*/kernel K/
