# The layers of a network and where --layerDeviceTypes puts them, as an engine of the stand-in.
# trtexec cuts at every comma and at the last colon of an item, and ignores names it does not know.
BEGIN {
    fallback = dla == "" ? "GPU" : "DLA"
    count = split(spec, items, ",")
    for (i = 1; i <= count; i++) {
        name = items[i]
        sub(/:[A-Z]*$/, "", name)
        unit = items[i]
        sub(/.*:/, "", unit)
        device[name] = unit
    }
    print "stand-in engine"
    print "marks " (outputs ? split(outputs, given, ",") - 1 : 0)
}
{
    unit = $1 in device ? device[$1] : fallback
    if (failing == "all-gpu" || (failing == "fallback" && NR == 1))
        unit = "GPU"
    print unit, $1, $2, $3
}
