#ifndef ZG_CZLIB_H
#define ZG_CZLIB_H

#include <libdeflate.h>
#include <zlib.h>

// zlib's init functions are macros, and what was wrong with a stream is told in a message only.

// inflateInit2 for the gzip format alone (no zlib, no raw deflate), with the largest window.
int zg_inflate_open(z_stream *stream);

// deflateInit2 for the gzip format. window_bits 9 to 15, memory_level 1 to 9.
int zg_deflate_open(z_stream *stream, int level, int window_bits, int memory_level);

enum zg_fault { zg_fault_corrupt, zg_fault_header, zg_fault_crc, zg_fault_length };

// What Z_DATA_ERROR meant.
enum zg_fault zg_inflate_fault(const z_stream *stream);

#endif
