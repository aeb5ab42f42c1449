/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p256_inv.c - inverses modulo the group order of P-256, by the division steps
 * of Bernstein and Yang ("Fast constant-time gcd computation and modular
 * inversion", 2019), without caring for constant time.
 *
 * A step looks at nothing but the lowest bits of two numbers.  So 62 steps are
 * made on machine words, and what they come to, a matrix, is applied to the
 * long numbers once.
 */
#include <stdbool.h>

#include "p256_inv.h"

#define LIMBS 5
#define STEPS 62	/* at a time; also the bits of a limb */
#define MASK ((INT64_C(1) << STEPS) - 1)

__extension__ typedef __int128 wide;

struct num {		/* lowest limb first; the last one has the sign */
	int64_t	limb[LIMBS];
};

struct matrix {		/* by which 62 steps multiply, times 2^62 */
	int64_t	ff, fg, gf, gg;
};

/* The group order n, SP 800-186 section 3.2.1.3, and 1/n modulo 2^62. */
static const struct num order = { {
	0x33b9cac2fc632551, 0x339beab69c5e7a13, 0x3ffffffffffffffb,
	0x3fffffc00000003f, 0xff
} };
#define ORDER_INVERSE UINT64_C(0x332e375511ff43b1)

static struct num
read_num(const uint8_t in[SHK_P256_BYTES])
{
	struct num a = { { 0 } };

	for (unsigned bit = 0; bit < 8 * SHK_P256_BYTES; bit += 8) {
		uint64_t byte = in[SHK_P256_BYTES - 1 - bit / 8];
		unsigned at = bit % STEPS;

		a.limb[bit / STEPS] |= (int64_t)(byte << at & MASK);
		if (at > STEPS - 8)
			a.limb[bit / STEPS + 1] |= (int64_t)(byte >>
			    (STEPS - at));
	}
	return a;
}

/* a is 0 to n-1. */
static void
write_num(const struct num *a, uint8_t out[SHK_P256_BYTES])
{
	for (unsigned bit = 0; bit < 8 * SHK_P256_BYTES; bit += 8) {
		unsigned at = bit % STEPS;
		uint64_t byte = (uint64_t)a->limb[bit / STEPS] >> at;

		if (at > STEPS - 8)
			byte |= (uint64_t)a->limb[bit / STEPS + 1] <<
			    (STEPS - at);
		out[SHK_P256_BYTES - 1 - bit / 8] = (uint8_t)byte;
	}
}

/*
 * 62 division steps on the low words of f, which is odd, and g.  One step:
 * where g is odd, f is added to it, so that it becomes even (for delta > 0 both
 * first change places, one of them negative); then g is halved, which here
 * means that the others are doubled.  Returns the next delta.
 */
static int64_t
steps(int64_t delta, uint64_t f, uint64_t g, struct matrix *m)
{
	uint64_t ff = 1, fg = 0, gf = 0, gg = 1, old, w;
	unsigned at_once;
	int left = STEPS;

	for (;;) {
		/* all halvings up to the next odd g, or to the end */
		int zeros = __builtin_ctzll(g | UINT64_C(1) << left);

		g >>= zeros;
		ff <<= zeros;
		fg <<= zeros;
		delta += zeros;
		left -= zeros;
		if (left == 0)
			break;
		if (delta > 0) {
			delta = -delta;
			old = f, f = g, g = -old;
			old = ff, ff = gf, gf = -old;
			old = fg, fg = gg, gg = -old;
		}
		/* until delta is above 0 again only f is added: six steps
		 * at once, w being -g/f modulo 2^6 */
		at_once = left < 1 - delta ? (unsigned)left :
		    (unsigned)(1 - delta);
		w = f * g * (f * f - 2) &
		    ((UINT64_C(1) << (at_once < 6 ? at_once : 6)) - 1);
		g += f * w;
		gf += ff * w;
		gg += fg * w;
	}
	*m = (struct matrix){ (int64_t)ff, (int64_t)fg, (int64_t)gf,
		(int64_t)gg };
	return delta;
}

/* (a * x + b * y + c * n) / 2^62, which is a whole number. */
static struct num
combine(int64_t a, const struct num *x, int64_t b, const struct num *y,
    int64_t c)
{
	struct num out;
	wide sum = (wide)a * x->limb[0] + (wide)b * y->limb[0] +
	    (wide)c * order.limb[0];

	for (int i = 1; i < LIMBS; i++) {
		sum >>= STEPS;
		sum += (wide)a * x->limb[i] + (wide)b * y->limb[i] +
		    (wide)c * order.limb[i];
		out.limb[i - 1] = (int64_t)sum & MASK;
	}
	out.limb[LIMBS - 1] = (int64_t)(sum >> STEPS);
	return out;
}

/* The c, from -2^61 to 2^61, for which combine() comes out whole. */
static int64_t
whole(int64_t a, const struct num *x, int64_t b, const struct num *y)
{
	uint64_t low = (uint64_t)a * (uint64_t)x->limb[0] +
	    (uint64_t)b * (uint64_t)y->limb[0];
	int64_t c = (int64_t)(-low * ORDER_INVERSE & (uint64_t)MASK);

	return c >> (STEPS - 1) != 0 ? c - MASK - 1 : c;
}

static bool
is_zero(const struct num *a)
{
	return (a->limb[0] | a->limb[1] | a->limb[2] | a->limb[3] |
	    a->limb[4]) == 0;
}

/* a + k * n, for k of 1 or -1 (and 0, which only carries). */
static struct num
plus_order(const struct num *a, int64_t k)
{
	struct num out;
	int64_t carry = 0;

	for (int i = 0; i < LIMBS; i++) {
		carry += a->limb[i] + k * order.limb[i];
		out.limb[i] = i < LIMBS - 1 ? carry & MASK : carry;
		carry >>= STEPS;
	}
	return out;
}

/* A number of some n, negative or not, to 0 to n-1. */
static void
reduce(struct num *a)
{
	struct num less;

	while (a->limb[LIMBS - 1] < 0)
		*a = plus_order(a, 1);
	while ((less = plus_order(a, -1)).limb[LIMBS - 1] >= 0)
		*a = less;
}

/*
 * f and g begin as n and in, and end as 1 or -1 and 0; the rounds are at most
 * 12 for numbers of 256 bits (theorem 11.2 there).  On the way f = d * in and
 * g = e * in modulo n.  A round takes d and e at most n / 2 further from 0.
 */
void
shk_p256_inverse(const uint8_t in[SHK_P256_BYTES],
    uint8_t out[SHK_P256_BYTES])
{
	struct num f = order, g = read_num(in);
	struct num d = { { 0 } }, e = { { 1 } }, next;
	int64_t delta = 1;
	struct matrix m;

	while (!is_zero(&g)) {
		delta = steps(delta, (uint64_t)f.limb[0] |
		    (uint64_t)f.limb[1] << STEPS, (uint64_t)g.limb[0] |
		    (uint64_t)g.limb[1] << STEPS, &m);
		next = combine(m.ff, &f, m.fg, &g, 0);
		g = combine(m.gf, &f, m.gg, &g, 0);
		f = next;
		next = combine(m.ff, &d, m.fg, &e,
		    whole(m.ff, &d, m.fg, &e));
		e = combine(m.gf, &d, m.gg, &e, whole(m.gf, &d, m.gg, &e));
		d = next;
	}
	if (f.limb[LIMBS - 1] < 0)	/* f is -1 */
		for (int i = 0; i < LIMBS; i++)
			d.limb[i] = -d.limb[i];
	d = plus_order(&d, 0);
	reduce(&d);
	write_num(&d, out);
}
