"""check_profile.py PROFILE LAYERS REFUSED VERSION: does an imported profile say what the stand-ins took?
LAYERS has a line "NAME GPU_MS DLA_MS" for each layer; REFUSED names those that stay on the GPU; OUT
takes 0.02 ms on the GPU and 0.06 on the DLA."""
import json
import os
import sys

profile = json.load(open(sys.argv[1]))
refused = sys.argv[3].split()
layers, names = [], []
for line in open(sys.argv[2]):
    name, gpu_ms, dla_ms = line.split()
    names.append(name)
    # a change of layout for a layer that stays behind takes 0.017 ms
    layers.append((float(gpu_ms), float(gpu_ms) + 0.017 if name in refused else float(dla_ms)))
network = os.path.splitext(os.path.basename(sys.argv[2]))[0]
groups = [one for one in profile["networks"] if one["name"] == network][0]["groups"]
faults = []


def expect(what, seen, known, relative):
    if abs(seen - known) > relative * known + 1e-4:
        faults.append("%s: %g ms, known are %g" % (what, seen, known))


for at, group in enumerate(groups):
    inside = layers[group["first"] : group["last"] + 1]
    for unit, side in (("gpu", 0), ("dla0", 1)):
        if unit not in group["on"]:
            continue
        cost, place = group["on"][unit], "layers %d-%d on %s" % (group["first"], group["last"], unit)
        expect(place, cost["run_ms"]["median"], sum(layer[side] for layer in inside), 0.05)
        if at + 1 < len(groups) and cost["out_ms"]:
            expect("OUT of " + place, cost["out_ms"]["median"], (0.02, 0.06)[side], 0.02)
for group in groups[:-1]:
    runs = not set(refused) & set(names[group["first"] : group["last"] + 1])
    if ("dla0" in group["on"]) != runs:
        faults.append("layers %d-%d: %s on the DLA" % (group["first"], group["last"], "not" if runs else "run"))
on_dla = [group["on"]["dla0"] for group in groups if "dla0" in group["on"]]
if "prob" in names and not any(cost["out_ms"] for cost in on_dla):
    faults.append("no OUT of the DLA")
# before 8.0 a change of layout cannot be told from waiting for the DLA
if not sys.argv[4].startswith("7.") and not any(cost["in_ms"] for cost in on_dla):
    faults.append("no IN of the DLA")
sys.exit("\n".join(faults) or 0)
