"""Two networks from files, planned and run on this machine, then fed with numbers.

    python3 two_files.py A.onnx B.onnx [PLATFORM]

Files come from anywhere; torchvision's, for instance, by
torch.onnx.export(torchvision.models.resnet18().eval(), (torch.zeros(1, 3, 224, 224),), "A.onnx").
"""
import pathlib
import sys

import numpy

import haxconn

files, platform = sys.argv[1:3], (sys.argv[3:] or ["host"])[0]
networks = haxconn.Workload({pathlib.Path(file).stem: file for file in files})
result = haxconn.run(networks, platform, rounds=5, seconds=2)
print(result.verdict)
with haxconn.Deployment(networks, platform, result.schedule) as deployment:
    outputs = deployment.run({name: {tensor: numpy.ones(shape) for tensor, shape
                                     in model.inputs.items()}
                              for name, model in zip(networks.names, networks.models)})
    print(f"one round of {result.answer}: {deployment.round_ms:.2f} ms")
for name, tensors in outputs.items():
    for tensor, values in tensors.items():
        print(f"{name}: {tensor} {values.shape}, largest at {values.argmax()}")
