/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over files, for compilers without libFuzzer and for
 * ctest: every seed and every past crash is a regression test. */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char **argv)
{
	if (argc < 2)
		errx(1, "no seeds given");
	for (int i = 1; i < argc; i++) {
		static uint8_t buf[1 << 20];
		FILE *f = fopen(argv[i], "rb");
		uint8_t *tight;
		size_t n;

		if (f == NULL)
			err(1, "%s", argv[i]);
		n = fread(buf, 1, sizeof(buf), f);
		fclose(f);
		if ((tight = malloc(n ? n : 1)) == NULL) /* exact size, for ASan */
			err(1, NULL);
		for (size_t j = 0; j < n; j++)
			tight[j] = buf[j];
		LLVMFuzzerTestOneInput(tight, n);
		free(tight);
	}
	printf("%d inputs\n", argc - 1);
	return 0;
}
