/*
 * Memory traffic of a settable demand, made by a part of a GPU: blocks of threads take chunks of a
 * region in turn and compute after each. One kernel that goes on until the host stops it, since
 * kernels that begin and end slow what runs beside them without moving anything.
 */
#include "traffic.h"

typedef uint4 vector;

__device__ static unsigned read_chunk(const vector *chunk)
{
    vector value[HAX_CUDA_TRAFFIC_LOADS];
    unsigned sum = 0;
#pragma unroll
    for (int i = 0; i < HAX_CUDA_TRAFFIC_LOADS; i++) /* not kept near the SM */
        value[i] = __ldcg(chunk + i * HAX_CUDA_TRAFFIC_THREADS + threadIdx.x);
#pragma unroll
    for (int i = 0; i < HAX_CUDA_TRAFFIC_LOADS; i++)
        sum ^= value[i].x ^ value[i].y ^ value[i].z ^ value[i].w;
    return sum;
}

__device__ static void write_chunk(vector *chunk, unsigned value)
{
    vector filled = { value, value, value, value };
#pragma unroll
    for (int i = 0; i < HAX_CUDA_TRAFFIC_LOADS; i++)
        __stcg(chunk + i * HAX_CUDA_TRAFFIC_THREADS + threadIdx.x, filled);
}

__device__ static void copy_chunk(vector *to, const vector *from)
{
    vector value[HAX_CUDA_TRAFFIC_LOADS];
#pragma unroll
    for (int i = 0; i < HAX_CUDA_TRAFFIC_LOADS; i++)
        value[i] = __ldcg(from + i * HAX_CUDA_TRAFFIC_THREADS + threadIdx.x);
#pragma unroll
    for (int i = 0; i < HAX_CUDA_TRAFFIC_LOADS; i++)
        __stcg(to + i * HAX_CUDA_TRAFFIC_THREADS + threadIdx.x, value[i]);
}

/* Every step waits for the one before. */
__device__ static float compute(float value, int steps)
{
    for (int i = 0; i < steps; i++)
        value = fmaf(value, 0.999f, 1.0f);
    return value;
}

/* Thread 0 of a block takes the next chunk; that of the first block also tells the host how far all
 * are, and passes its wish to stop on. */
__device__ static unsigned long long take_chunk(hax_cuda_traffic_state *state,
                                                volatile hax_cuda_traffic_board *board)
{
    unsigned long long chunk = atomicAdd(&state->next, 1ULL);
    if (blockIdx.x == 0) {
        board->chunks = chunk;
        if (board->stop)
            *(volatile unsigned *) &state->stopping = 1;
    }
    return *(volatile unsigned *) &state->stopping ? ~0ULL : chunk;
}

extern "C" __global__ void __launch_bounds__(HAX_CUDA_TRAFFIC_THREADS, HAX_CUDA_TRAFFIC_BLOCKS)
    hax_cuda_traffic(hax_cuda_traffic_args args)
{
    __shared__ unsigned long long taken;
    hax_cuda_traffic_state *state = (hax_cuda_traffic_state *) args.state;
    volatile hax_cuda_traffic_board *board = (volatile hax_cuda_traffic_board *) args.board;
    unsigned sum = 0;
    float value = 1;
    for (;;) {
        if (threadIdx.x == 0)
            taken = take_chunk(state, board);
        __syncthreads();
        unsigned long long chunk = taken;
        __syncthreads();
        if (chunk == ~0ULL)
            break;
        vector *at = (vector *) (args.region + chunk % args.chunk_count * HAX_CUDA_TRAFFIC_CHUNK);
        if (args.kind == HAX_CUDA_TRAFFIC_READ)
            sum ^= read_chunk(at);
        else if (args.kind == HAX_CUDA_TRAFFIC_WRITE)
            write_chunk(at, (unsigned) chunk);
        else
            copy_chunk(at + args.chunk_count * (HAX_CUDA_TRAFFIC_CHUNK / sizeof(vector)), at);
        value = compute(value, args.work);
    }
    if (sum == 0x9e3779b9u || value < 0)
        state->sink = sum;
}
