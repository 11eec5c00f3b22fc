"""carry_networks.py pack FOLDER FILE.tar.xz | unpack FILE.tar.xz FOLDER

Takes the exported networks to a machine that has neither torch nor room for their weights in what
can be carried there: packing leaves the numbers of large weights out, and unpacking draws others,
scaled after He et al. (2015). Packing needs the onnx package, unpacking numpy alone.
"""
import io
import json
import pathlib
import sys
import tarfile

LARGE = 16384  # bytes of a tensor


def pack(folder, target):
    import onnx
    with tarfile.open(target, "w:xz") as tar:
        for path in sorted(folder.glob("*.onnx")):
            model = onnx.load(path)  # with its external data
            holes = []
            blob = bytearray(model.SerializeToString())
            for tensor in model.graph.initializer:
                raw = tensor.raw_data
                if len(raw) < LARGE or tensor.data_type != onnx.TensorProto.FLOAT:
                    continue
                at = blob.find(raw)
                inputs = max(1, len(raw) // 4 // max(1, tensor.dims[0]))
                holes.append({"at": at, "bytes": len(raw), "scale": (2 / inputs) ** 0.5})
                blob[at:at + len(raw)] = bytes(len(raw))
            for name, data in ((path.name, bytes(blob)),
                               (path.name + ".holes", json.dumps(holes).encode())):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))


def unpack(source, folder):
    import numpy
    folder.mkdir(parents=True, exist_ok=True)
    random = numpy.random.default_rng(1)
    with tarfile.open(source, "r:xz") as tar:
        files = {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}
    for name in [n for n in files if n.endswith(".onnx")]:
        blob = bytearray(files[name])
        for hole in json.loads(files[name + ".holes"]):
            numbers = random.standard_normal(hole["bytes"] // 4, dtype=numpy.float32)
            end = hole["at"] + hole["bytes"]
            blob[hole["at"]:end] = (numbers * numpy.float32(hole["scale"])).tobytes()
        (folder / pathlib.Path(name).name).write_bytes(blob)


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("pack", "unpack"):
        sys.exit(__doc__.split("\n")[0])
    act = pack if sys.argv[1] == "pack" else unpack
    act(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))


if __name__ == "__main__":
    main()
