/* SPDX-License-Identifier: Apache-2.0 */
/* cacheline.h - how far apart lies what different workers write. */
#ifndef SVC_CACHELINE_H
#define SVC_CACHELINE_H

#define SVC_CACHE_LINE 64	/* bytes; of x86-64 and of most ARM cores */

#endif
