/*
 * Where NVIDIA's libraries lie: what the dynamic linker finds, and the packages of Pythons on PATH.
 * Nothing here needs a GPU.
 */
#ifndef HAX_DRIVER_CUDA_LIBRARY_FILES_H
#define HAX_DRIVER_CUDA_LIBRARY_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* The file of a library ("libcudnn.so.9") in a folder of packages of the first Python that has it,
 * Pythons in the order of `path` (a value of PATH), then the system's. */
bool hax_cuda_library_of_python(const char *path, const char *name, char *file, size_t size);

/* Is there a file of this name in a folder of a list ("/a:/b", may be NULL)? */
bool hax_cuda_library_is_in(const char *folders, const char *name);

/* The version of a library's file, as one number that grows with it; 0: it is not told. It is told
 * by the name of the file that a link leads to (libcudnn.so.9.14.0), or of the package that the
 * file is of (nvidia_cudnn_cu13-9.19.0.56.dist-info). */
long hax_cuda_library_version(const char *file);

#endif
