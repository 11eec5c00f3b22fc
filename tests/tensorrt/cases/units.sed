s/^machine: .*, TensorRT 10.3.0, CUDA$/machine: M, TensorRT 10.3.0, CUDA/
s/^machine: .*/machine: M/
/^  12.6 \(Orin, 16 SMs, 2 DLA\)/d
s/, clocks: .*/, clocks: C/
