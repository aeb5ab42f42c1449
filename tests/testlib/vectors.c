/* SPDX-License-Identifier: Apache-2.0 */
/* vectors.c - published keys and tokens; sources in tests/vectors/README.md.
 * The private keys are those that the RFCs print. */
#include <stdio.h>
#include <stdlib.h>

#include "vectors.h"

const char test_rfc8946_key[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIFKCsFZ4Wsw3ZpBxgc4Z0sOjaXDdMk07Ny1fKg6OntAkoAoGCCqGSM49\n"
    "AwEHoUQDQgAEmzGM1VsO+3IqbMF54rQMaYKQftO4hUYm9wv5wutLgEd9FsiTy3+4\n"
    "+Wa2O7pffOXPC0QzO+yD8hGEXGP/2mZo6w==\n"
    "-----END EC PRIVATE KEY-----\n";

const char test_rfc8946_pub[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmzGM1VsO+3IqbMF54rQMaYKQftO4\n"
    "hUYm9wv5wutLgEd9FsiTy3+4+Wa2O7pffOXPC0QzO+yD8hGEXGP/2mZo6w==\n"
    "-----END PUBLIC KEY-----\n";

const char test_rfc8225_pub[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8HNbQd/TmvCKwPKHkMF9fScavGeH\n"
    "78YTU8qLS8I5HLHSSmlATLcslQMhNC/OhlWBYC626nIlo7XeebYS7Sb37g==\n"
    "-----END PUBLIC KEY-----\n";

const char test_rfc8225_draft_key[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIFeZ1R208QCvcu5GuYyMfG4W7sH4m99/7eHSDLpdYllFoAoGCCqGSM49\n"
    "AwEHoUQDQgAE8HNbQd/TmvCKwPKHkMF9fScavGeH78YTU8qLS8I5HLHSSmlATLcs\n"
    "lQMhNC/OhlWBYC626nIlo7XeebYS7Sb37g==\n"
    "-----END EC PRIVATE KEY-----\n";

const char test_rfc8225_a1_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgi7q2TZvN9VDFg8Vy\n"
    "qCP06bETrR2v8MRvr89rn4i+UAahRANCAAQWfaj1HUETpoNCrOtp9KA8o0V79IuW\n"
    "ARKt9C1cFPkyd3FBP4SeiNZxQhDrD0tdBHls3/wFe8++K2FrPyQF9vuh\n"
    "-----END PRIVATE KEY-----\n";

const char test_g1[] =
    "eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9j"
    "ZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9.eyJkZXN0Ijp7InVyaSI6WyJ"
    "zaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI6MTQ3MTM3NTQxOCwib3JpZyI"
    "6eyJ0biI6IjEyMTU1NTUxMjEyIn19.VLBCIVDCaeK6M4hLJb6SHQvacAQVvoiiEO"
    "WQ_iUkqk79UD81fHQ0E1b3_GluIkba7UWYRM47ZbNFdOJquE35cw";

const char test_g2[] =
    "eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9j"
    "ZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9.eyJkZXN0Ijp7InVyaSI6WyJ"
    "zaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI6IjE0NDMyMDgzNDUiLCJvcml"
    "nIjp7InRuIjoiMTIxNTU1NTEyMTIifX0.rq3pjT1hoRwakEGjHCnWSwUnshd0-zJ"
    "6F1VOgFWSjHBr8Qjpjlk-cpFYpFYsojNCpTzO3QfPOlckGaS6hEck7w";

const char test_g3[] =
    "eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly93"
    "d3cuZXhhbXBsZS5jb20vY2VydC5jZXIifQ.eyJkZXN0Ijp7InRuIjpbIjEyMTU1N"
    "TUxMjEzIl19LCJpYXQiOjE0NDMyMDgzNDUsIm9yaWciOnsidG4iOiIxMjE1NTU1M"
    "TIxMiJ9fQ.1bEzkzcNbKvgz4QoMx0_DJ2T8qFMDC1sPqHPXl1WvbauzRJRvYlZqQ"
    "0qgGTlS8tJ_wXjVe07Z3wvDrdApHhhYw";

const char test_g4[] =
    "eyJhbGciOiJFUzI1NiIsInBwdCI6ImRpdiIsInR5cCI6InBhc3Nwb3J0IiwieDV1"
    "IjoiaHR0cHM6Ly93d3cuZXhhbXBsZS5jb20vY2VydC5jZXIifQ.eyJkZXN0Ijp7I"
    "nRuIjpbIjEyMTU1NTUxMjE0Il19LCJkaXYiOnsidG4iOiIxMjE1NTU1NTEyMTMif"
    "SwiaWF0IjoxNDQzMjA4MzQ1LCJvcmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifX0.x"
    "BHWipDEEJ8a6TsdX6xUXAnblsFiGUiAxwLiv0HLC9IICj6eG9jQd6WzeSSjHRBwx"
    "mChHhVIiMTSqIlk3yCNkg";

const char test_g5[] =
    "eyJhbGciOiJFUzI1NiIsInBwdCI6ImRpdi1vIiwidHlwIjoicGFzc3BvcnQiLCJ4"
    "NXUiOiJodHRwczovL3d3dy5leGFtcGxlLmNvbS9jZXJ0LmNlciJ9.eyJkZXN0Ijp"
    "7InRuIjoiMTIxNTU1NTEyMTQifSwiZGl2Ijp7InRuIjoiMTIxNTU1NTUxMjEzIn0"
    "sImlhdCI6MTQ0MzIwODM0NSwib3B0IjoiZXlKaGJHY2lPaUpGVXpJMU5pSXNJblI"
    "1Y0NJNkluQmhjM053YjNKMElpd2llRFYxSWpvaWFIUjBjSE02THk5M2QzY3VaWGh"
    "oYlhCc1pTNWpiMjB2WTJWeWRDNWpaWElpZlEuZXlKa1pYTjBJanA3SW5SdUlqcGJ"
    "JakV5TVRVMU5UVXhNakV6SWwxOUxDSnBZWFFpT2pFME5ETXlNRGd6TkRVc0ltOXl"
    "hV2NpT25zaWRHNGlPaUl4TWpFMU5UVTFNVEl4TWlKOWZRLjFiRXpremNOYkt2Z3o"
    "0UW9NeDBfREoyVDhxRk1EQzFzUHFIUFhsMVd2YmF1elJKUnZZbFpxUTBxZ0dUbFM"
    "4dEpfd1hqVmUwN1ozd3ZEcmRBcEhoaFl3Iiwib3JpZyI6eyJ0biI6IjEyMTU1NTU"
    "xMjEyIn19.CHeA9wRnthl7paMe6rP0TARpmFCXjmi_vF_HRz2O_oulB_R-G9xZNi"
    "LVvmvHv4gk6LILaDV2y2VtHTLIEgmHig";

const char test_g6[] =
    "eyJhbGciOiJFUzI1NiIsInBwdCI6InJwaCIsInR5cCI6InBhc3Nwb3J0IiwieDV1"
    "IjoiaHR0cHM6Ly93d3cuZXhhbXBsZS5jb20vY2VydC5jZXIifQo.eyJkZXN0Ijp7"
    "WyJ0biI6IjEyMTI1NTUwMTEzIl19LCJpYXQiOiIxNDQzMjA4MzQ1Iiwib3JpZyI6"
    "eyJ0biI6IjEyMTU1NTUwMTEyIn0sInJwaCI6eyJhdXRoIjpbImV0cy4wIiwid3Bz"
    "LjAiXX19Cg.s37S6VC8HM6Dl6YzJeQDsrZcwJ0lizxhUrA7f_98oWBHvo-cl-n8M"
    "IhoCr18vYYFy3blXvs3fslM_oos2P2Dyw";

const struct test_golden test_golden[] = {
	{ "D1 base",	/* RFC 8225 App A header+payload */
	    "{\"alg\":\"ES256\",\"typ\":\"passport\",\"x5u\":\"https://cert.e"
	    "xample.org/passport.cer\"}",
	    "{\"dest\":{\"uri\":[\"sip:alice@example.com\"]},\"iat\":14713754"
	    "18,\"orig\":{\"tn\":\"12155551212\"}}",
	    "eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9j"
	    "ZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9.eyJkZXN0Ijp7InVyaSI6WyJ"
	    "zaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI6MTQ3MTM3NTQxOCwib3JpZyI"
	    "6eyJ0biI6IjEyMTU1NTUxMjEyIn19.jjhP1zdmxNxdJlNLS7681qtiBPx-ndQRiW"
	    "TZASH7I8GW5_3vmstymU44wIRZ2FUtwJWA10xSzeAOthgWTuc6Ow" },
	{ "D2 shaken",	/* RFC 8588 s6 values, JSON repaired */
	    "{\"alg\":\"ES256\",\"ppt\":\"shaken\",\"typ\":\"passport\",\"x5u"
	    "\":\"https://cert.example.org/passport.cer\"}",
	    "{\"attest\":\"A\",\"dest\":{\"tn\":[\"12155550131\"]},\"iat\":14"
	    "43208345,\"orig\":{\"tn\":\"12155550121\"},\"origid\":\"123e4567"
	    "-e89b-12d3-a456-426655440000\"}",
	    "eyJhbGciOiJFUzI1NiIsInBwdCI6InNoYWtlbiIsInR5cCI6InBhc3Nwb3J0Iiwi"
	    "eDV1IjoiaHR0cHM6Ly9jZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9.eyJ"
	    "hdHRlc3QiOiJBIiwiZGVzdCI6eyJ0biI6WyIxMjE1NTU1MDEzMSJdfSwiaWF0Ijo"
	    "xNDQzMjA4MzQ1LCJvcmlnIjp7InRuIjoiMTIxNTU1NTAxMjEifSwib3JpZ2lkIjo"
	    "iMTIzZTQ1NjctZTg5Yi0xMmQzLWE0NTYtNDI2NjU1NDQwMDAwIn0.BuOEj7jvXtn"
	    "bzdCr8wbRgkqvUU7mhB96bmzgU5u7kTDmEIpts_ziGWeGPGroPgI5tb7RWl8HdWk"
	    "_91EupeMMfA" },
	{ "D3 div",	/* RFC 8946 s3 values */
	    "{\"alg\":\"ES256\",\"ppt\":\"div\",\"typ\":\"passport\",\"x5u\":"
	    "\"https://www.example.com/cert.cer\"}",
	    "{\"dest\":{\"tn\":[\"12155551214\"]},\"div\":{\"tn\":\"121555551"
	    "213\"},\"iat\":1443208345,\"orig\":{\"tn\":\"12155551212\"}}",
	    "eyJhbGciOiJFUzI1NiIsInBwdCI6ImRpdiIsInR5cCI6InBhc3Nwb3J0IiwieDV1"
	    "IjoiaHR0cHM6Ly93d3cuZXhhbXBsZS5jb20vY2VydC5jZXIifQ.eyJkZXN0Ijp7I"
	    "nRuIjpbIjEyMTU1NTUxMjE0Il19LCJkaXYiOnsidG4iOiIxMjE1NTU1NTEyMTMif"
	    "SwiaWF0IjoxNDQzMjA4MzQ1LCJvcmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifX0.y"
	    "f1B-M0rr136pMsbl-WtDgDaBQg7F82oDpsEBcCLWQbvUwMHuW7Q8CfGDcpwR-19j"
	    "uYQTIOv6u-qVCo9fFHgpQ" },
	{ "D4 rph",	/* RFC 8443 s3 values, JSON repaired */
	    "{\"alg\":\"ES256\",\"ppt\":\"rph\",\"typ\":\"passport\",\"x5u\":"
	    "\"https://www.example.org/cert.cer\"}",
	    "{\"dest\":{\"tn\":[\"12125550113\"]},\"iat\":1443208345,\"orig\""
	    ":{\"tn\":\"12155550112\"},\"rph\":{\"auth\":[\"ets.0\",\"wps.0\""
	    "]}}",
	    "eyJhbGciOiJFUzI1NiIsInBwdCI6InJwaCIsInR5cCI6InBhc3Nwb3J0IiwieDV1"
	    "IjoiaHR0cHM6Ly93d3cuZXhhbXBsZS5vcmcvY2VydC5jZXIifQ.eyJkZXN0Ijp7I"
	    "nRuIjpbIjEyMTI1NTUwMTEzIl19LCJpYXQiOjE0NDMyMDgzNDUsIm9yaWciOnsid"
	    "G4iOiIxMjE1NTU1MDExMiJ9LCJycGgiOnsiYXV0aCI6WyJldHMuMCIsIndwcy4wI"
	    "l19fQ.AjVA5mG7XYiFoKN9tGt9LCcojAo1V3Huv4M2onX0P6XnxHoBEzZpNRU51S"
	    "TljFZf-y2v90nbjAD6ru-leoSUMg" },
	{ "D5 rph+sph",	/* RFC 9027 s4 */
	    "{\"alg\":\"ES256\",\"ppt\":\"rph\",\"typ\":\"passport\",\"x5u\":"
	    "\"https://www.example.org/cert.cer\"}",
	    "{\"dest\":{\"tn\":[\"12155551212\"]},\"iat\":1615471428,\"orig\""
	    ":{\"tn\":\"12155551213\"},\"rph\":{\"auth\":[\"esnet.0\"]},\"sph"
	    "\":\"psap-callback\"}",
	    "eyJhbGciOiJFUzI1NiIsInBwdCI6InJwaCIsInR5cCI6InBhc3Nwb3J0IiwieDV1"
	    "IjoiaHR0cHM6Ly93d3cuZXhhbXBsZS5vcmcvY2VydC5jZXIifQ.eyJkZXN0Ijp7I"
	    "nRuIjpbIjEyMTU1NTUxMjEyIl19LCJpYXQiOjE2MTU0NzE0MjgsIm9yaWciOnsid"
	    "G4iOiIxMjE1NTU1MTIxMyJ9LCJycGgiOnsiYXV0aCI6WyJlc25ldC4wIl19LCJzc"
	    "GgiOiJwc2FwLWNhbGxiYWNrIn0.WZTIErcXMz3wW1CGh4sjFqHlnNAM7K5_KahsI"
	    "iKYDCCtSKydQTMwy0XnSefDqNXsvv63RwjawvGss2S0j90LEg" },
	{ "D6 rcd nam only",	/* RFC 9795 s8.3 */
	    "{\"alg\":\"ES256\",\"ppt\":\"rcd\",\"typ\":\"passport\",\"x5u\":"
	    "\"https://www.example.com/cert.cer\"}",
	    "{\"dest\":{\"tn\":[\"12025551001\"]},\"iat\":1443208345,\"orig\""
	    ":{\"tn\":\"12025551000\"},\"rcd\":{\"nam\":\"James Bond\"}}",
	    "eyJhbGciOiJFUzI1NiIsInBwdCI6InJjZCIsInR5cCI6InBhc3Nwb3J0IiwieDV1"
	    "IjoiaHR0cHM6Ly93d3cuZXhhbXBsZS5jb20vY2VydC5jZXIifQ.eyJkZXN0Ijp7I"
	    "nRuIjpbIjEyMDI1NTUxMDAxIl19LCJpYXQiOjE0NDMyMDgzNDUsIm9yaWciOnsid"
	    "G4iOiIxMjAyNTU1MTAwMCJ9LCJyY2QiOnsibmFtIjoiSmFtZXMgQm9uZCJ9fQ._S"
	    "18EF9q7HYSGxi4CJQW5cj0kMdcVIc7DimmGLvrNdvBVL105a4J8o0ujofrpAZBaT"
	    "U05OEhfCxUKq4lHrbQlg" },
};
const size_t test_golden_n = sizeof(test_golden) / sizeof(test_golden[0]);

char *
test_read_file(const char *path)
{
	const size_t cap = 1 << 20;
	FILE *f = fopen(path, "rb");
	char *text = calloc(1, cap);

	if (f == NULL || text == NULL || fread(text, 1, cap - 1, f) == 0) {
		fprintf(stderr, "cannot read %s\n", path);
		abort();
	}
	fclose(f);
	return text;
}
