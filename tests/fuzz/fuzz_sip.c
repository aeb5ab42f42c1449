/* SPDX-License-Identifier: Apache-2.0 */
/* Target: shaken_sip_parse(), shaken_sip_ids(), shaken_sip_div(),
 * shaken_sip_date().  Views stay
 * inside the header, which ends where its length says, whatever the body. */
#include <stdlib.h>

#include <shaken/sip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct shaken_sv v, struct shaken_sv in)
{
	if (v.n == 0)
		return;
	if (v.p < in.p || v.n > (size_t)(in.p + in.n - v.p) ||
	    memchr(v.p, '\0', v.n) != NULL)
		abort();
	if (memchr(" \t\r\n", v.p[0], 4) ||
	    memchr(" \t\r\n", v.p[v.n - 1], 4))
		abort();
}

/* What was diverted is somebody else, and there is an Identity. */
static void
check_div(const struct shaken_sip *m, const struct shaken_id *target,
    struct shaken_sv in)
{
	struct shaken_id div;
	struct shaken_sv hi;
	struct shaken_diag d;

	if (shaken_sip_div(m, target, "1", &div, &hi, &d) != SHAKEN_OK) {
		if (div.kind != SHAKEN_ID_NONE || hi.n != 0 ||
		    d.text[0] == '\0')
			abort();
		return;
	}
	if (div.kind == SHAKEN_ID_NONE || m->n_identity == 0 ||
	    shaken_id_equal(&div, target) || d.text[0] != '\0')
		abort();
	check_inside(hi, in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct shaken_sip none;
	struct shaken_sv in = { (const char *)data, size };
	struct shaken_id orig, dest;
	struct shaken_sip m, again;
	struct shaken_diag d;
	enum shaken_err err;

	if (shaken_sip_parse(in, &m, &d) != SHAKEN_OK) {
		if (memcmp(&m, &none, sizeof(m)) != 0 || d.text[0] == '\0')
			abort();
		return 0;
	}
	if (m.len < 2 || m.len > size || m.len > SHAKEN_SIP_MAX ||
	    data[m.len - 1] != '\n' || d.text[0] != '\0')
		abort();
	in.n = m.len;
	if (shaken_sip_parse(in, &again, NULL) != SHAKEN_OK ||
	    memcmp(&m, &again, sizeof(m)) != 0)
		abort();
	check_inside(m.method, in);
	check_inside(m.request_uri, in);
	check_inside(m.from, in);
	check_inside(m.to, in);
	check_inside(m.date, in);
	check_inside(m.call_id, in);
	for (size_t i = 0; i < m.n_pai; i++)
		check_inside(m.pai[i], in);
	for (size_t i = 0; i < m.n_identity; i++)
		check_inside(m.identity[i], in);

	err = shaken_sip_ids(&m, "1", &orig, &dest, &d);
	if ((err == SHAKEN_OK) != (orig.kind != SHAKEN_ID_NONE) ||
	    (err == SHAKEN_OK) != (dest.kind != SHAKEN_ID_NONE) ||
	    (err == SHAKEN_OK) != (d.text[0] == '\0'))
		abort();
	if (shaken_sip_date(&m) < -1)
		abort();
	check_div(&m, &dest, in);
	return 0;
}
