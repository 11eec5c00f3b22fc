/* What host and GPU agree on to make traffic (traffic.c, traffic.cu). */
#ifndef HAX_DRIVER_CUDA_TRAFFIC_H
#define HAX_DRIVER_CUDA_TRAFFIC_H

enum {
    HAX_CUDA_TRAFFIC_THREADS = 512,
    HAX_CUDA_TRAFFIC_LOADS = 8, /* of 16 bytes a thread has under way */
    HAX_CUDA_TRAFFIC_CHUNK = HAX_CUDA_TRAFFIC_THREADS * HAX_CUDA_TRAFFIC_LOADS * 16, /* bytes */
    HAX_CUDA_TRAFFIC_BLOCKS = 2,                                                     /* an SM */
};

typedef enum hax_cuda_traffic_kind {
    HAX_CUDA_TRAFFIC_READ,
    HAX_CUDA_TRAFFIC_WRITE,
    HAX_CUDA_TRAFFIC_COPY, /* from the lower half to the upper */
} hax_cuda_traffic_kind;

/* In memory that both see. */
typedef struct hax_cuda_traffic_board {
    unsigned long long chunks; /* begun so far, by the GPU */
    unsigned stop;             /* by the host */
} hax_cuda_traffic_board;

/* In the GPU's memory, zeros at the start. */
typedef struct hax_cuda_traffic_state {
    unsigned long long next; /* chunk that nobody has taken */
    unsigned stopping;
    unsigned sink; /* so that reading has a use */
} hax_cuda_traffic_state;

typedef struct hax_cuda_traffic_args {
    unsigned long long region; /* addresses */
    unsigned long long state;
    unsigned long long board;
    unsigned long long chunk_count; /* of the region, or of its lower half */
    int kind;
    int work; /* steps of arithmetic after every chunk */
} hax_cuda_traffic_args;

#endif
