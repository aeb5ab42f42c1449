/* SPDX-License-Identifier: Apache-2.0 */
/* capture.c - the packets of a pcap or pcapng file, by libpcap, which reads a
 * FILE whose bytes come from a reader. */
#include <stdio.h>
#include <stdlib.h>

#include <pcap/pcap.h>

#include "capture.h"

struct capture {
	struct reader		*r;	/* borrowed */
	pcap_t			*pcap;	/* owned; owns the FILE */
	enum packet_link	 link;
};

static ssize_t
cookie_read(void *cookie, char *p, size_t n)
{
	size_t got;

	return reader_read(cookie, p, n, &got) ? (ssize_t)got : -1;
}

static enum packet_link
link_of(int dlt)
{
	switch (dlt) {
	case DLT_EN10MB:	return LINK_ETHERNET;
	case DLT_LINUX_SLL:	return LINK_SLL;
	case DLT_LINUX_SLL2:	return LINK_SLL2;
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:		return LINK_RAW;
	case DLT_NULL:
	case DLT_LOOP:		return LINK_NULL;
	default:		return LINK_UNKNOWN;
	}
}

/* A time that is none, as pcapng can write it with 64 bits, is nobody's. */
static int64_t
time_of(const struct timeval *tv)
{
	static const int64_t year_10000 = INT64_C(253402300800); /* seconds */

	if (tv->tv_sec < 0 || tv->tv_sec >= year_10000)
		return 0;
	return (int64_t)tv->tv_sec * 1000000 + tv->tv_usec % 1000000;
}

bool
capture_open(struct reader *r, struct capture **out, struct shaken_diag *why)
{
	const cookie_io_functions_t io = { .read = cookie_read };
	struct capture *c = calloc(1, sizeof(*c));
	char err[PCAP_ERRBUF_SIZE] = "";
	FILE *f = c == NULL ? NULL : fopencookie(r, "r", io);

	*out = NULL;
	if (f == NULL) {
		audit_diag(why, "out of memory");
		free(c);
		return false;
	}
	c->r = r;
	c->pcap = pcap_fopen_offline(f, err);
	if (c->pcap == NULL) {
		audit_diag(why, "%s", reader_why(r)[0] != '\0' ?
		    reader_why(r) : err);
		(void)fclose(f);
		free(c);
		return false;
	}
	c->link = link_of(pcap_datalink(c->pcap));
	*out = c;
	return true;
}

enum capture_next
capture_next(struct capture *c, struct packet *out, struct shaken_diag *why)
{
	struct pcap_pkthdr *h;
	const u_char *p;

	switch (pcap_next_ex(c->pcap, &h, &p)) {
	case 1:
		*out = (struct packet){ .link = c->link, .p = p,
		    .n = h->caplen, .wire = h->len,
		    .time_us = time_of(&h->ts) };
		return CAPTURE_PACKET;
	case PCAP_ERROR_BREAK:
		return reader_is_cut(c->r) ? CAPTURE_CUT : CAPTURE_END;
	default:
		if (reader_why(c->r)[0] != '\0') {
			audit_diag(why, "%s", reader_why(c->r));
			return CAPTURE_FAIL;
		}
		if (feof(pcap_file(c->pcap)))
			return CAPTURE_CUT;
		audit_diag(why, "%s", pcap_geterr(c->pcap));
		return CAPTURE_FAIL;
	}
}

void
capture_close(struct capture **c)
{
	if (*c == NULL)
		return;
	pcap_close((*c)->pcap);
	free(*c);
	*c = NULL;
}
