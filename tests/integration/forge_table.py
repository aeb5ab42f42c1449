# SPDX-License-Identifier: Apache-2.0
"""Every kind of forged call: its name, the rule it breaks, what that rule asks
for, and how it is made out of a good one.

What is asked for is "pass", a case of ATIS-1000082 (E3 to E19) with its code,
or a code alone: RFC 8224 then has one for the fault, and ATIS-1000082 no case,
or not one that tells it from its neighbours.  It is written from the documents
that each row names.  "ours" marks where they leave the choice to a verifier.

http is what differs over HTTP, where the certificate is fetched: another case,
"400" for a request that cannot be made of it, or None where there is nothing to
ask.  clock marks rows that stand to the second, and need a clock that stands.
"""
import hashlib
import json
from collections import namedtuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import utils

from forge_calls import (DEST, N, ORIG, b64, ecdsa, es256, es384, hs256, jwk,
                         public_pem, raw, rs256)
from service_lab import unb64

Row = namedtuple('Row', 'name cite want bend http clock trust')
SAME = 'same'

CASES = {       # ATIS-1000082: case, code
    'E3': 403, 'E4': 438, 'E5': 438, 'E6': 436, 'E7': 436, 'E8': 436,
    'E9': 436, 'E10': 436, 'E11': 437, 'E12': 437, 'E13': 438, 'E14': 438,
    'E15': 403, 'E16': 438, 'E17': 437, 'E18': 438, 'E19': 438}
FAILED = ('E17', 'E18')         # the rest is No-TN-Validation
PHRASES = {     # RFC 8224 section 13.2
    403: 'Stale Date', 436: 'Bad Identity Info',
    437: 'Unsupported Credential', 438: 'Invalid Identity Header'}

rows = []


def row(name, cite, want, bend, http=SAME, clock=False, trust='soft'):
    rows.append(Row(name, cite, want, bend, http, clock, trust))


# -- the call as it should be, in the forms it may have

row('as it should be', 'RFC 8224 section 6.2 [R-071]', 'pass', lambda c: c)
row('another order of the members', 'RFC 7515 section 5.2 [R-026]', 'pass',
    lambda c: c.set(claims=c.claims[::-1], head=c.head[::-1]))
row('white space in the JSON', 'RFC 7515 section 5.2 [R-026]', 'pass',
    lambda c: c.edit('claims', b',"', b' ,\r\n\t"').edit('head', b':', b' : '))
row('slashes escaped', 'RFC 8259 section 7 [R-026]', 'pass',
    lambda c: c.edit('head', b'://', b':\\/\\/'))
row('claims not known', 'RFC 8225 section 8 [R-037]', 'pass',
    lambda c: c.c(foo={'a': [1, None]}, bar='x'))
row('kid, and a header member not known', 'RFC 7515 section 4 [R-037]', 'pass',
    lambda c: c.h(kid='x', zip='DEF'))
row('8 KiB of a claim not known', 'RFC 8225 section 8 [R-032]', 'pass',
    lambda c: c.c(foo='x' * 6000))
row('origid no UUID', 'RFC 8588 section 5; ours: told, not refused', 'pass',
    lambda c: c.c(origid='trunk 7'))
row('a name written with an escape', 'RFC 8259 section 7', 'pass',
    lambda c: c.edit('claims', b'"attest"', b'"\\u0061ttest"'))
row('digits written with escapes', 'RFC 8259 section 7', 'pass',
    lambda c: c.edit('claims', b'"121555', b'"\\u003121\\u003555'))
row('numbers with + and dashes', 'RFC 8224 section 8.3 [R-074]', 'pass',
    lambda c: c.c(orig={'tn': '+1 (215) 555-0121'},
                  dest={'tn': ['+1-215-555.0131']}))
row('several dest', 'RFC 8225 section 5.2.1 [R-075]', 'pass',
    lambda c: c.c(dest={'tn': ['13035550000', DEST], 'uri': ['sip:a@b']}))
row('64 dest', 'RFC 8225 section 5.2.1', 'pass',
    lambda c: c.c(dest={'tn': [str(13035550000 + i) for i in range(63)] +
                        [DEST]}))
row('65 dest', 'RFC 8225 section 5.2.1; ours: 64 are enough', 'E14',
    lambda c: c.c(dest={'tn': [str(13035550000 + i) for i in range(64)] +
                        [DEST]}))

# -- JOSE header (RFC 8225 section 4, RFC 8588 section 3)

OTHER = [('a number', b'7'), ('null', b'null'), ('true', b'true'),
         ('an array', b'["ES256"]'), ('an object', b'{"ES256":1}')]
EMPTY = {'alg': 'E12', 'ppt': 'E13', 'typ': 'E11', 'x5u': 'E10'}
for member in ('alg', 'ppt', 'typ', 'x5u'):
    row('no %s' % member, 'ATIS-1000082 E9, RFC 8225 section 4 [R-034]', 'E9',
        lambda c, m=member: c.without('head', m))
    row('%s twice' % member, 'RFC 8225 section 9, RFC 7515 section 4 [R-031]',
        '438', lambda c, m=member: c.twice('head', m))
    row('%s empty' % member,
        'ATIS-1000082 %s: it is there, and is none of them' % EMPTY[member],
        EMPTY[member], lambda c, m=member: c.h(**{m: ''}))
    for kind, value in OTHER:
        row('%s %s' % (member, kind), 'ATIS-1000082 E9: RFC 7515 section 4.1 '
            'has a string; ours: another type is none', 'E9',
            lambda c, m=member, v=value: c.h(**{m: v}))
for value in ('JWT', 'passports', 'passport ', 'shaken'):
    row('typ %s' % value, 'ATIS-1000082 E11, RFC 8225 section 4.1 [R-034]',
        'E11', lambda c, v=value: c.h(typ=v))
for value in ('foo', 'Shaken', 'shaken ', 'shaken\u0131', 'div'):
    row('ppt %s in the token' % ascii(value),
        'ATIS-1000082 E13, RFC 8224 section 4.1 [R-044]', 'E13',
        lambda c, v=value: c.h(ppt=v))
for value in ('none', 'None', 'NONE', 'HS256', 'RS256', 'PS256', 'ES384',
              'ES256K', 'EdDSA', 'es256', 'ES256 ', ' ES256', 'ES256\n'):
    row('alg %s' % ascii(value), 'ATIS-1000082 E12, RFC 8588 section 3, '
        'RFC 8725 section 3.1 [R-027]', 'E12',
        lambda c, v=value: c.h(alg=v))
row('alg none, no signature', 'RFC 8725 section 2.1, RFC 7515 section 7.1',
    '438', lambda c: c.h(alg='none').set(sig=lambda s: b''))
row('HS256 keyed with the PEM of the public key', 'RFC 8725 section 2.1, '
    'ATIS-1000082 E12 [R-027]', 'E12', lambda c: c.h(alg='HS256').set(
        signer=lambda k, d: hs256(public_pem(k), d)))
row('HS256 with an empty key', 'RFC 8725 section 2.1 [R-027]', 'E12',
    lambda c: c.h(alg='HS256').set(signer=lambda k, d: hs256(b'', d)))
row('HS256 that calls itself ES256', 'RFC 8725 section 3.1', 'E18',
    lambda c: c.set(signer=lambda k, d: hs256(public_pem(k), d)))
row('ES384 with a key of P-384', 'ATIS-1000082 E12 [R-027]', 'E12',
    lambda c: c.h(alg='ES384').set(chain='leaf-P-384', signer=es384))
row('RS256 with a key of RSA', 'ATIS-1000082 E12 [R-027]', 'E12',
    lambda c: c.h(alg='RS256').set(chain='leaf-RSA', signer=rs256))
row('a key in the header, which signed it', 'RFC 8224 section 6.2 step 3: '
    'the key is that of info', 'E18',
    lambda c: c.h(jwk=jwk(c.pki.pa.key)).set(key=c.pki.pa.key))
row('a certificate in the header, whose key signed it', 'RFC 8224 section 6.2 '
    'step 3', 'E18', lambda c: c.h(x5c=[cert_text(c.pki.pa.pem)]).set(
        key=c.pki.pa.key))
row('crit with b64', 'RFC 7515 section 4.1.11, RFC 7797 [R-038]', '438',
    lambda c: c.h(crit=['b64'], b64=True))
row('crit empty', 'RFC 7515 section 4.1.11 [R-038]', '438',
    lambda c: c.h(crit=[]))


def cert_text(pem):
    return ''.join(pem.splitlines()[1:-1])


# -- claims (RFC 8225 section 5, RFC 8588 sections 4 and 5)

for claim in ('attest', 'dest', 'iat', 'orig', 'origid'):
    row('no %s' % claim, 'ATIS-1000082 E14, RFC 8588 section 3 [R-035]', 'E14',
        lambda c, m=claim: c.without('claims', m))
    row('%s twice' % claim, 'RFC 8225 section 9 [R-031]', '438',
        lambda c, m=claim: c.twice('claims', m))
    row('%s under another case' % claim, 'ATIS-1000082 E14: names are compared '
        'as they are, RFC 7519 section 4', 'E14',
        lambda c, m=claim: c.edit('claims', '"%s"' % m,
                                  '"%s"' % m.capitalize()))
    for kind, value in [('null', b'null'), ('true', b'true'),
                        ('an empty array', b'[]'), ('an empty object', b'{}'),
                        ('a real', b'1.5')] + (
            [] if claim == 'iat' else [('a number', b'1700000000')]) + (
            [('a string', b'"1700000000"')]
            if claim in ('iat', 'orig', 'dest') else []):
        row('%s %s' % (claim, kind), 'ATIS-1000082 E14, RFC 8225 section 5, '
            'RFC 8588 sections 4 and 5', 'E14',
            lambda c, m=claim, v=value: c.c(**{m: v}))
for value in ('D', 'a', '', 'AA', ' A', 'A\n', '\u0391'):
    row('attest %s' % ascii(value), 'ATIS-1000082 E19, RFC 8588 section 4 '
        '[R-076]', 'E19', lambda c, v=value: c.c(attest=v))
IAT = 'RFC 8225 section 5.1.1 with erratum 5985 [R-033]'
for kind, text in (('-1', '-1'), ('-0', '-0'), ('with a fraction', '%d.0'),
                   ('with an exponent', '%de0'), ('of 1e400', '1e400'),
                   ('of 40 digits', '1' * 40), ('in milliseconds', '%d000'),
                   ('in quotes', '"%d"'), ('of 2**64 more', None)):
    row('iat %s' % kind, IAT, 'E14', lambda c, t=text: c.c(iat=(
        str(c.now + 2**64) if t is None else
        t % c.now if '%d' in t else t).encode()))
row('iat with a leading zero', 'RFC 8259 section 6', 'E14',
    lambda c: c.c(iat=b'0%d' % c.now))
row('iat with a plus', 'RFC 8259 section 6', 'E14',
    lambda c: c.c(iat=b'+%d' % c.now))
row('iat 0', 'ATIS-1000082 E15', 'E15', lambda c: c.c(iat=0))
TN = 'RFC 8225 section 5.2.1, ATIS-1000082 E14'
for kind, value in (
        ('tn and uri', {'tn': ORIG, 'uri': 'sip:a@b'}),
        ('tn an array', {'tn': [ORIG]}), ('tn a number', {'tn': int(ORIG)}),
        ('tn null', {'tn': None}), ('tn empty', {'tn': ''}),
        ('tn of letters', {'tn': 'alice'}), ('neither', {'foo': ORIG}),
        ('tn, and another member', {'tn': ORIG, 'foo': 1})):
    row('orig: %s' % kind, TN + ' [R-007]', 'E14',
        lambda c, v=value: c.c(orig=v))
row('orig: tn twice', TN + ' [R-031]', '438',
    lambda c: c.c(orig=b'{"tn":"%s","tn":"%s"}' % ((ORIG.encode(),) * 2)))
for kind, value in (
        ('tn no array', {'tn': DEST}), ('tn empty', {'tn': []}),
        ('a number in it', {'tn': [int(DEST)]}), ('null in it', {'tn': [None]}),
        ('an empty one', {'tn': ['']}), ('nested', {'tn': [[DEST]]}),
        ('an array', [DEST]), ('neither', {'foo': [DEST]}),
        ('a number beside a good one', {'tn': [DEST, int(DEST)]}),
        ('a name beside a good one', {'tn': ['alice', DEST]}),
        ('uri a string beside a good tn', {'tn': [DEST], 'uri': 'sip:a@b'}),
        ('uri a number beside a good tn', {'tn': [DEST], 'uri': 7}),
        ('no URI beside a good tn', {'tn': [DEST], 'uri': ['a b']})):
    row('dest: %s' % kind, TN + ' [R-010]', 'E14',
        lambda c, v=value: c.c(dest=v))
E16 = 'ATIS-1000082 E16, RFC 8224 section 6.2.4 [R-074]'
row('orig another', E16, 'E16', lambda c: c.c(orig={'tn': '12155550122'}))
row('dest another', E16, 'E16', lambda c: c.c(dest={'tn': ['12155550132']}))
row('orig a URI with that number', E16, 'E16',
    lambda c: c.c(orig={'uri': 'sip:%s@example.com' % ORIG}))
row('orig with one more 1 before it', E16, 'E16',
    lambda c: c.c(orig={'tn': '1' + ORIG}))
row('orig and dest exchanged', E16, 'E16',
    lambda c: c.c(orig={'tn': DEST}, dest={'tn': [ORIG]}))
row('a token of another caller', E16, 'E16',
    lambda c: c.set(orig='13035550000'))
row('a token for somebody else', E16, 'E16',
    lambda c: c.set(dest='13035550000'))

# -- JSON (RFC 8259); in the header a fault is one of the token's form

JSON = [
    ('an array', 'RFC 7519 section 2', lambda t: b'[' + t + b']'),
    ('a string', 'RFC 7519 section 2', lambda t: json.dumps(
        t.decode()).encode()),
    ('null', 'RFC 7519 section 2', lambda t: b'null'),
    ('white space', 'RFC 8259 section 2', lambda t: b'  '),
    ('behind a byte order mark', 'RFC 8259 section 8.1; ours: refused',
     lambda t: b'\xef\xbb\xbf' + t),
    ('in UTF-16', 'RFC 8259 section 8.1',
     lambda t: t.decode().encode('utf-16-be')),
    ('with text behind it', 'RFC 8259 section 2', lambda t: t + b'x'),
    ('with a second object behind it', 'RFC 8259 section 2',
     lambda t: t + t),
    ('with a NUL behind it', 'RFC 8259 section 2 [R-032]',
     lambda t: t + b'\0'),
    ('with a NUL in a string', 'RFC 8259 section 7 [R-032]',
     lambda t: t[:-1] + b',"z":"a\0b"}'),
    ('with an escaped NUL', 'RFC 8259 section 7; ours: refused',
     lambda t: t[:-1] + b',"z":"a\\u0000b"}'),
    ('with a tab in a string', 'RFC 8259 section 7',
     lambda t: t[:-1] + b',"z":"a\tb"}'),
    ('without an end', 'RFC 8259 section 4', lambda t: t[:-1]),
    ('with a comma before the end', 'RFC 8259 section 4',
     lambda t: t[:-1] + b',}'),
    ('with a comment', 'RFC 8259 section 2', lambda t: t + b'/* */'),
    ('in single quotes', 'RFC 8259 section 7',
     lambda t: t.replace(b'"', b"'")),
    ('with a name not quoted', 'RFC 8259 section 4',
     lambda t: t[:-1] + b',z:1}'),
    ('with NaN', 'RFC 8259 section 6', lambda t: t[:-1] + b',"z":NaN}'),
    ('with Infinity', 'RFC 8259 section 6',
     lambda t: t[:-1] + b',"z":-Infinity}'),
    ('with hexadecimal', 'RFC 8259 section 6',
     lambda t: t[:-1] + b',"z":0x10}'),
    ('with True', 'RFC 8259 section 3', lambda t: t[:-1] + b',"z":True}'),
    ('with bytes that are no UTF-8', 'RFC 8259 section 8.1 [R-032]',
     lambda t: t[:-1] + b',"z":"\xff\xfe"}'),
    ('with an overlong UTF-8', 'RFC 3629 section 3 [R-032]',
     lambda t: t[:-1] + b',"z":"\xc0\xaf"}'),
    ('with a surrogate in UTF-8', 'RFC 3629 section 3 [R-032]',
     lambda t: t[:-1] + b',"z":"\xed\xa0\x80"}'),
    ('with half a surrogate pair', 'RFC 8259 section 8.2; ours: refused',
     lambda t: t[:-1] + b',"z":"\\ud800"}'),
    ('with an escape that is none', 'RFC 8259 section 7',
     lambda t: t[:-1] + b',"z":"\\x41"}'),
    ('with a member not known twice', 'RFC 8225 section 9 [R-031]',
     lambda t: t[:-1] + b',"z":1,"z":1}'),
    ('with a member twice, once escaped', 'RFC 8225 section 9 [R-031]',
     lambda t: t[:-1] + b',"zz":1,"z\\u007a":1}'),
    ('with a member twice, deep in it', 'RFC 8259 section 4; ours: refused',
     lambda t: t[:-1] + b',"z":[{"y":1,"y":2}]}'),
    ('nested 17 deep', 'RFC 8259 section 9; ours: 16 [R-032]',
     lambda t: t[:-1] + b',"z":' + b'[' * 16 + b']' * 16 + b'}'),
    ('nested 4000 deep', 'RFC 8259 section 9; ours: 16 [R-032]',
     lambda t: t[:-1] + b',"z":' + b'[' * 4000 + b']' * 4000 + b'}'),
]
for where, want in (('head', '438'), ('claims', 'E14')):
    title = 'header' if where == 'head' else 'payload'
    for kind, cite, bend in JSON:
        row('%s %s' % (title, kind), cite, want,
            lambda c, w=where, b=bend: c.set(**{w: b(c.text(w))}))
    for kind, cite, more in (
            ('nested 16 deep', 'RFC 8259 section 9 [R-032]',
             b'[' * 15 + b']' * 15),
            ('with 1e400', 'RFC 8259 section 6: grammar, not range',
             b'1e400'),
            ('with an integer of 60 digits', 'RFC 8259 section 6',
             b'1' * 60),
            ('with a character of two escapes', 'RFC 8259 section 7',
             b'"\\ud83d\\ude00"'),
            ('with UTF-8', 'RFC 8259 section 8.1 [R-006]',
             '"\u0417\u0434\u0440\u0430"'.encode())):
        row('%s %s' % (title, kind), cite, 'pass',
            lambda c, w=where, m=more: c.set(
                **{w: c.text(w)[:-1] + b',"z":' + m + b'}'}))
    row('%s with white space around it' % title, 'RFC 8259 section 2', 'pass',
        lambda c, w=where: c.set(**{w: b' \n' + c.text(w) + b'\t '}))

# -- base64url and parts (RFC 7515 sections 2 and 7.1)


def part(i, change):
    def bend(token):
        parts = token.split('.')
        parts[i] = change(parts[i])
        return '.'.join(parts)
    return bend


def standard_alphabet(text):
    data = unb64(text)
    assert b64(data) == text
    return text.replace('-', '+').replace('_', '/')


def slack(text):
    """Another text of the same bytes."""
    alphabet = ('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
                '0123456789-_')
    assert len(text) % 4 != 0
    other = text[:-1] + alphabet[alphabet.index(text[-1]) + 1]
    assert unb64(other) == unb64(text)
    return other


# Members that make the part end in slack bits and have - and _ in it.
DASHES = {'z': '?>\u044f~~~?>\u044f'}
for i, title in enumerate(('header', 'payload', 'signature')):
    for kind, cite, change in (
            ('padded', 'RFC 7515 section 2 [R-036]',
             lambda t: t + '=' * (-len(t) % 4 or 1)),
            ('with slack bits', 'RFC 4648 section 3.5', slack),
            ('with a character outside of the alphabet',
             'RFC 4648 section 3.3', lambda t: t[:8] + '!' + t[9:]),
            ('one character short', 'RFC 7515 appendix C', lambda t: t[:-1]),
            ('of one character', 'RFC 4648 section 5', lambda t: t[:1]),
            ('with a line break in it', 'RFC 8224 section 4',
             lambda t: t[:8] + '\r\n ' + t[8:]),
            ('empty', 'RFC 8588 section 3 [R-028]', lambda t: '')):
        def bend(c, i=i, f=change):
            where = ('head', 'claims', None)[i]
            # both lengths leave slack bits, whatever the URL is
            while where and len(c.text(where)) % 3 == 0:
                c._change(where, {'zz%d' % len(c.text(where)): 1})
            return c.set(token=part(i, f))
        row('%s %s' % (title, kind), cite, '438', bend)
    if i < 2:
        row('%s in the alphabet of base64' % title, 'RFC 7515 section 2',
            '438', lambda c, i=i: (c.c if i else c.h)(z='\x7f' * 3 + '?>' * 9)
            .set(token=part(i, standard_alphabet)))
PARTS = 'RFC 7515 section 7.1, RFC 8588 section 3 [R-028]'
row('one part', PARTS, '438', lambda c: c.set(
    token=lambda t: t.replace('.', '')))
row('two parts', PARTS, '438', lambda c: c.set(
    token=lambda t: t.rsplit('.', 1)[0]))
row('four parts', PARTS, '438', lambda c: c.set(token=lambda t: t + '.AAAA'))
row('five parts', PARTS, '438', lambda c: c.set(token=lambda t: t + '.A.A'))
row('a dot more', PARTS, '438', lambda c: c.set(token=lambda t: t + '.'))
row('compact form', 'ATIS-1000082 E4, RFC 8588 section 3 [R-029]', 'E4',
    lambda c: c.set(token=lambda t: '..' + t.rsplit('.', 1)[1]))
row('over 16 KiB', 'ours [R-032]', '438', lambda c: c.c(foo='x' * 16000))
row('no token', 'RFC 8224 section 4', '438', lambda c: c.set(
    token=lambda t: ''))
row('nothing but dots', PARTS, '438', lambda c: c.set(token=lambda t: '..'))

# -- signature (RFC 7518 section 3.4)

SIG = 'ATIS-1000082 E18, RFC 7518 section 3.4 [R-030]'


def rs(change):
    return lambda sig: raw(*change(int.from_bytes(sig[:32], 'big'),
                                   int.from_bytes(sig[32:], 'big')))


for kind, bend in (
        ('in DER', lambda s: utils.encode_dss_signature(
            int.from_bytes(s[:32], 'big'), int.from_bytes(s[32:], 'big'))),
        ('of 63 bytes', lambda s: s[:63]), ('of 65 bytes', lambda s: s + s[:1]),
        ('of 65 bytes, a zero before it', lambda s: b'\0' + s),
        ('of 1 byte', lambda s: s[:1]), ('of 128 bytes', lambda s: s + s),
        ('of 2000 bytes', lambda s: s * 32),
        ('all zero', lambda s: bytes(64)), ('all ones', lambda s: b'\xff' * 64),
        ('with r 0', rs(lambda r, s: (0, s))),
        ('with s 0', rs(lambda r, s: (r, 0))),
        ('with r n', rs(lambda r, s: (N, s))),
        ('with s n', rs(lambda r, s: (r, N))),
        ('with r 1 and s 1', rs(lambda r, s: (1, 1))),
        ('with r n - r', rs(lambda r, s: (N - r, s))),
        ('with s n + 1', rs(lambda r, s: (r, N + 1))),
        ('with r and s exchanged', lambda s: s[32:] + s[:32]),
        ('with each half reversed', lambda s: s[31::-1] + s[:31:-1]),
        ('with a bit changed', lambda s: bytes([s[0] ^ 1]) + s[1:])):
    row('signature %s' % kind, SIG, 'E18', lambda c, b=bend: c.set(sig=b))
row('signature with s n - s', 'FIPS 186-4 section 6.4: as good as the other; '
    'no RFC of STIR or JOSE asks for the lower one', 'pass',
    lambda c: c.set(sig=rs(lambda r, s: (r, N - s))))
E18 = 'ATIS-1000082 E18, RFC 7515 section 5.2 [R-077]'
row('signed with another key', E18, 'E18',
    lambda c: c.set(key=c.pki.inter.key))
row('signed before base64url', E18, 'E18', lambda c: c.set(
    signer=lambda k, d: es256(k, b'.'.join(unb64(p.decode())
                                           for p in d.split(b'.')))))
row('signed without the header', E18, 'E18', lambda c: c.set(
    signer=lambda k, d: es256(k, d.split(b'.')[1])))
row('signed twice hashed', E18, 'E18', lambda c: c.set(
    signer=lambda k, d: es256(k, hashlib.sha256(d).digest())))
row('signed with SHA-384', E18, 'E18', lambda c: c.set(
    signer=lambda k, d: raw(*ecdsa(k, d, hashes.SHA384()))))


def swapped(name, **claims):
    """The payload of another call under this one's signature."""
    def bend(c):
        text = c.text('claims')
        return c.set(token=part(1, lambda t: b64(
            c.c(**claims).text('claims')) if text else t))
    row(name, E18 + ' [R-025]', 'E18', bend)


swapped('attest made B', attest='B')
swapped('a claim added', crn='x')
swapped('orig made that of the call', orig={'tn': '+' + ORIG})
row('payload written anew', 'RFC 7515 section 5.2: the received bytes count '
    '[R-026]', 'E18', lambda c: c.set(token=part(1, lambda t: b64(
        unb64(t).replace(b',"', b', "')))))
row('header written anew', 'RFC 7515 section 5.2', 'E18',
    lambda c: c.set(token=part(0, lambda t: b64(
        unb64(t).replace(b',"', b', "')))))

# -- parameters (RFC 8224 section 4, RFC 3261 section 7.3.1)

ALIKE = 'RFC 3261 sections 7.3.1 and 25.1 [R-042]'
for kind, cite, text in (
        ('none but info', 'RFC 8224 section 4.1 [R-043]', ';info=<URL>'),
        ('in another order', ALIKE, ';ppt=shaken;alg=ES256;info=<URL>'),
        ('with blanks', ALIKE, ' ; info = <URL> ; alg = ES256 ;ppt= shaken'),
        ('with tabs and folds', ALIKE,
         '\t;\r\n info=<URL>\r\n\t;alg=ES256;ppt=shaken '),
        ('with names in capitals', ALIKE, ';INFO=<URL>;Alg=ES256;PPT=shaken'),
        ('quoted', 'RFC 8946 section 4.1, its example [R-041]',
         ';info=<URL>;alg="ES256";ppt="shaken"'),
        ('and others', 'RFC 8224 section 4 [R-047]',
         ';info=<URL>;foo;bar=baz;q="a;b,c\\"<";ppt=shaken')):
    row('parameters %s' % kind, cite, 'pass',
        lambda c, t=text: c.set(params=t))
FORM = 'RFC 8224 section 4'
TWICE = 'RFC 3261 section 7.3.1: a name but once'
for kind, cite, want, text in (
        ('none', 'ATIS-1000082 E6 [R-045]', 'E6', ''),
        ('without info', 'ATIS-1000082 E6 [R-045]', 'E6',
         ';alg=ES256;ppt=shaken'),
        ('info bare', 'ATIS-1000082 E7 [R-045]', 'E7', ';info=URL'),
        ('info quoted', 'ATIS-1000082 E7 [R-045]', 'E7', ';info="URL"'),
        ('info empty', 'ATIS-1000082 E7', 'E7', ';info=<>'),
        ('info without a value', 'ATIS-1000082 E7', 'E7', ';info'),
        ('info with nothing behind =', 'ATIS-1000082 E7', 'E7', ';info='),
        ('info without >', FORM, '438', ';info=<URL;alg=ES256'),
        ('info without <', 'ATIS-1000082 E7', '438',
         ';info=URL>;alg=ES256'),
        ('info with a blank in it', FORM, '438', ';info=< URL>'),
        ('info twice', TWICE, '438', ';info=<URL>;info=<URL>'),
        ('alg twice', TWICE, '438', ';info=<URL>;alg=ES256;alg=ES256'),
        ('ppt twice', TWICE, '438', ';info=<URL>;ppt=shaken;PPT=shaken'),
        ('alg another', 'RFC 8224 section 4.1 [R-044]', '438',
         ';info=<URL>;alg=RS256;ppt=shaken'),
        ('alg none', 'RFC 8224 section 4.1 [R-044]', '438',
         ';info=<URL>;alg=none;ppt=shaken'),
        ('alg empty', FORM, '438', ';info=<URL>;alg=;ppt=shaken'),
        ('alg in <>', FORM, '438', ';info=<URL>;alg=<ES256>'),
        ('ppt foo', 'ATIS-1000082 E5 [R-049]', 'E5', ';info=<URL>;ppt=foo'),
        ('ppt Shaken', 'ATIS-1000082 E5', 'E5', ';info=<URL>;ppt=Shaken'),
        ('ppt div', 'RFC 8224 section 4.1 [R-044]', '438',
         ';info=<URL>;ppt=div'),
        ('ppt empty', FORM, '438', ';info=<URL>;ppt='),
        ('ppt without an end quote', FORM, '438', ';info=<URL>;ppt="shaken'),
        ('a semicolon more', FORM, '438', ';info=<URL>;'),
        ('two semicolons', FORM, '438', ';;info=<URL>'),
        ('no name', FORM, '438', ';info=<URL>;=x'),
        ('no semicolon', FORM, '438', ' info=<URL>'),
        ('text behind a value', FORM, '438', ';info=<URL>x;ppt=shaken'),
        ('a control character', FORM, '438', ';info=<URL>;a=\x01')):
    row('parameters: %s' % kind, cite, want,
        lambda c, t=text: c.set(params=t))
row('a NUL in the value', FORM, '438', lambda c: c.set(
    after=b';a=\0b'), http='400')
row('a byte that is no UTF-8', FORM, '438', lambda c: c.set(
    after=b';a=\xff'), http='400')
row('with the name of the field', 'tolerance of RFC 8224 section 4', 'pass',
    lambda c: c.set(before=b'Identity: '))
row('with the short name of the field', 'RFC 8224 section 13.1 [R-050]',
    'pass', lambda c: c.set(before=b'y:'))
row('a bad value and a good one', 'RFC 8224 section 6.2.1 [R-048]', 'pass',
    lambda c: c.set(before=b'a.b.c;info=<https://example.org/>,'))
row('a good value and garbage', 'RFC 8224 section 6.2.1 [R-048]', 'pass',
    lambda c: c.set(after=b' , x ,, ;'))
row('a bad value twice', 'RFC 8224 section 6.2.1 [R-048]', 'E18',
    lambda c: twofold(c.set(key=c.pki.pa.key)))


def twofold(c):
    return c.set(whole=lambda v: v + b',' + v)


# -- where the certificate is (ATIS-1000074)

X5U = 'ATIS-1000074 rules of x5u, ATIS-1000082 E7 '
for kind, cite, want, url in (
        ('http', X5U + '[R-086]', 'E7', 'http://example.org/a.pem'),
        ('ftp', X5U + '[R-086]', 'E7', 'ftp://example.org/a.pem'),
        ('file', X5U + '[R-086]', 'E7', 'file:///etc/passwd'),
        ('data', X5U + '[R-086]', 'E7', 'data:text/plain,x'),
        ('no scheme', X5U, 'E7', '//example.org/a.pem'),
        ('a path', X5U, 'E7', '/a.pem'), ('no //', X5U, 'E7', 'https:a.pem'),
        ('no host', X5U, 'E7', 'https:///a.pem'),
        ('port 80', X5U + '[R-087]', 'E7', 'https://example.org:80/a.pem'),
        ('port 8080', X5U + '[R-087]', 'E7', 'https://example.org:8080/a'),
        ('port 0', X5U + '[R-087]', 'E7', 'https://example.org:0/a.pem'),
        ('port 65979', X5U + '[R-087]', 'E7', 'https://example.org:65979/a'),
        ('port 0443', X5U + '; ours', 'E7', 'https://example.org:0443/a.pem'),
        ('a port of letters', X5U, 'E7', 'https://example.org:x/a.pem'),
        ('userinfo', X5U + '[R-088]', 'E7', 'https://u@example.org/a.pem'),
        ('a password', X5U + '[R-088]', 'E7', 'https://u:p@example.org/a'),
        ('a query', X5U + '[R-088]', 'E7', 'https://example.org/a.pem?b'),
        ('an empty query', X5U + '[R-088]', 'E7', 'https://example.org/a?'),
        ('a fragment', X5U + '[R-088]', 'E7', 'https://example.org/a#b'),
        ('an empty fragment', X5U + '[R-088]', 'E7', 'https://example.org/#'),
        ('a query and no path', X5U + '[R-088]', 'E7',
         'https://example.org?a'),
        ('a broken escape', 'RFC 3986 section 2.1', 'E7',
         'https://example.org/%zz'),
        ('an IPv6 address without an end', 'RFC 3986 section 3.2.2', 'E7',
         'https://[::1/a.pem'),
        ('an IPv6 zone', 'RFC 6874 section 4', 'E7',
         'https://[fe80::1%25lo]/a.pem'),
        ('over 2048 bytes', 'ours', 'E7',
         'https://example.org/' + 'a' * 2100)):
    row('x5u and info: %s' % kind, cite, want,
        lambda c, u=url: c.set(x5u=u))
for kind, cite, url in (
        ('port 443', X5U + '[R-087]', 'https://127.0.0.1:443/a.pem'),
        ('an IPv6 address', 'RFC 3986 section 3.2.2', 'https://[::1]/a.pem'),
        ('no path', 'RFC 3986 section 3.3', 'https://127.0.0.1')):
    row('x5u and info: %s' % kind, cite + '; nobody serves it here', 'pass',
        lambda c, u=url: c.set(x5u=u), http='E8')
row('x5u and info: not there', 'ATIS-1000082 E8 [R-090]', 'pass',
    lambda c: c.set(x5u=c.url('nothing.pem')), http='E8')
E10 = 'ATIS-1000082 E10, RFC 3986 section 6.2.1 [R-046]'
for kind, change in (('another', lambda u: 'https://example.org/1.pem'),
                     ('longer', lambda u: u + '/'),
                     ('shorter', lambda u: u[:-1]),
                     ('in another case', lambda u: u.replace('.pem', '.PEM')),
                     ('with an escape', lambda u: u.replace('.', '%2e', 1)),
                     ('with HTTPS', lambda u: u.replace('https', 'HTTPS')),
                     ('with a blank', lambda u: u + ' ')):
    row('x5u %s than info' % kind, E10, 'E10',
        lambda c, f=change: c.h(x5u=f(c.served())))

# -- certificates (RFC 5280, RFC 8226, RFC 9060, RFC 9118, ATIS-1000080)

E17 = 'ATIS-1000082 E17, '
for chain, cite, want in (
        ('under-root', 'RFC 5280 section 6 [R-101]', 'pass'),
        ('with-root', 'RFC 5280 section 6 [R-101]', 'pass'),
        ('crlf', 'RFC 7468 section 2 [R-099]', 'pass'),
        ('leaf-expired', E17 + 'RFC 5280 section 6.1.3 [R-102]', 'E17'),
        ('leaf-early', E17 + 'RFC 5280 section 6.1.3 [R-102]', 'E17'),
        ('ca-expired', E17 + 'RFC 5280 section 6.1.3 [R-102]', 'E17'),
        ('ca-early', E17 + 'RFC 5280 section 6.1.3 [R-102]', 'E17'),
        ('ca-not-ca', E17 + 'RFC 5280 section 6.1.4 (k) [R-103]', 'E17'),
        ('ca-no-certsign', E17 + 'RFC 5280 section 6.1.4 (n) [R-103]', 'E17'),
        ('ca-pathlen', E17 + 'RFC 5280 section 6.1.4 (m) [R-103]', 'E17'),
        ('ca-is-leaf', E17 + 'RFC 9060 section 4.1 [R-103]', 'E17'),
        ('leaf-no-usage', E17 + 'ATIS-1000080 section 6.4.1 [R-104]', 'E17'),
        ('leaf-is-ca', E17 + 'RFC 9060 section 4.1 [R-104]', 'E17'),
        ('tnal-none', E17 + 'ATIS-1000080 section 6.4.1 [R-105]', 'E17'),
        ('leaf-P-384', E17 + 'RFC 8226 section 4 [R-106]', 'E17'),
        ('leaf-secp256k1', E17 + 'RFC 8226 section 4 [R-106]', 'E17'),
        ('leaf-RSA', E17 + 'RFC 8226 section 4 [R-106]', 'E17'),
        ('leaf-sha1', E17 + 'ATIS-1000080 section 6.4.1 [R-106]', 'E17'),
        ('ca-sha1', E17 + 'ATIS-1000080 section 6.4.1 [R-106]', 'E17'),
        ('ca-RSA', 'RFC 8226 section 4: RSA signs certificates, not tokens',
         'pass'),
        ('leaf-critical', E17 + 'RFC 5280 section 4.2 [R-107]', 'E17'),
        ('ca-critical', E17 + 'RFC 5280 section 4.2 [R-107]', 'E17'),
        ('leaf-no-policy', E17 + 'ATIS-1000080 section 6.4.1 [R-108]', 'E17'),
        ('leaf-other-policy', E17 + 'ATIS-1000080 section 6.4.1 [R-108]',
         'E17'),
        ('ca-no-policy', E17 + 'ATIS-1000080 section 6.4.1 [R-108]', 'E17'),
        ('leaf-wrong-signer', E17 + 'RFC 5280 section 6.1.3', 'E17'),
        ('ca-wrong-signer', E17 + 'RFC 5280 section 6.1.3', 'E17'),
        ('leaf-self-signed', E17 + 'RFC 8224 section 6.2 step 3', 'E17'),
        ('no-intermediate', E17 + 'RFC 5280 section 6', 'E17'),
        ('other-root', E17 + 'RFC 8224 section 6.2 step 3 [R-078]', 'E17'),
        ('tnal-empty', E17 + 'RFC 8226 section 9: SIZE (1..MAX) [R-115]',
         'E17'),
        ('tnal-truncated', E17 + 'RFC 8226 section 9 [R-115]', 'E17'),
        ('tnal-trailing', E17 + 'RFC 8226 section 9 [R-115]', 'E17'),
        ('tnal-implicit', E17 + 'RFC 8226 appendix A: EXPLICIT TAGS [R-116]',
         'E17'),
        ('tnal-letters', E17 + 'RFC 8226 section 9 [R-115]', 'E17'),
        ('tnal-long', E17 + 'RFC 8226 section 9: SIZE (1..15) [R-115]',
         'E17'),
        ('tnal-count-1', E17 + 'RFC 8226 section 9: 2..MAX [R-115]', 'E17'),
        ('tnal-count-hash', E17 + 'RFC 8226 section 9 [R-115]', 'E17'),
        ('tnal-overflow', E17 + 'RFC 8226 section 9', 'E17'),
        ('tnal-covers', 'RFC 8226 section 9 [R-122]', 'pass'),
        ('tnal-covers-range', 'RFC 8226 section 9 [R-122]', 'pass'),
        ('tnal-other', E17 + 'RFC 8226 section 9 [R-122]', 'E17'),
        ('tnal-beside', E17 + 'RFC 8226 section 9 [R-122]', 'E17'),
        ('jcc-include', 'RFC 8226 section 8 [R-117]', '438'),
        ('jcc-permit', 'RFC 8226 section 8 [R-117]', '438'),
        ('jcc-permit-good', 'RFC 8226 section 8 [R-117]', 'pass'),
        ('jcc-permit-absent', 'RFC 8226 section 8 [R-117]', 'pass'),
        ('jcc-exclude', 'RFC 9118 section 4 [R-118]', '438'),
        ('jcc-exclude-base', 'RFC 9118 section 3 [R-118]', 'pass'),
        ('jcc-both', E17 + 'RFC 9118 section 6 [R-119]', 'E17'),
        ('jcc-broken', E17 + 'RFC 8226 section 8', 'E17'),
        ('delegate', 'RFC 9060 section 4.1 [R-121]', 'pass'),
        ('delegate-outside', E17 + 'RFC 9060 section 4.1 [R-121]', 'E17'),
        ('delegate-disorder', E17 + 'RFC 9060 section 7 [R-121]', 'E17'),
        ('delegate-aki', E17 + 'RFC 9060 section 7 [R-121]', 'E17'),
        ('revoked', E17 + 'RFC 5280 section 5.3.3 [R-110]', 'E17'),
        ('revoked-inherits', E17 + 'RFC 5280 section 5.3.3 [R-111]', 'E17'),
        ('revoked-ca', E17 + 'RFC 5280 section 6.3 [R-110]', 'E17'),
        ('same-serial', 'RFC 5280 section 5.3.3 [R-110]', 'pass'),
        ('body-secret', 'ATIS-1000082 E8; ours: nothing beside a private key '
         'is believed [R-099]', 'E8'),
        ('body-html', 'ATIS-1000082 E8', 'E8'),
        ('body-cut', 'ATIS-1000082 E8', 'E8')):
    row('certificates: %s' % chain, cite, want,
        lambda c, n=chain: c.set(chain=n))
for chain in ('leaf-after-iat', 'ca-after-iat'):
    row('certificates: %s, iat before' % chain,
        E17 + 'RFC 8224 section 6.2 step 4 [R-102]', 'E17',
        lambda c, n=chain: c.set(chain=n).c(iat=c.pki.now - 2))
    rows.insert(0, rows.pop())  # while that iat is fresh
row('a leaf of numbers, and a call of another', E17 + 'RFC 8226 section 9 '
    '[R-122]', 'E17', lambda c: c.set(chain='delegate', orig='12155550122').c(
        orig={'tn': '12155550122'}))
row('no CRL, soft', 'ours: told, not refused [R-112]', 'pass', lambda c: c,
    trust='soft-none', http=None)
row('no CRL, hard', E17 + 'RFC 5280 section 6.3.3 [R-112]', 'E17',
    lambda c: c, trust='hard-none', http=None)
row('a CRL out of date, hard', E17 + 'RFC 5280 section 6.3.3 [R-112]', 'E17',
    lambda c: c, trust='hard-old')
row('a CRL not yet valid, hard', E17 + 'RFC 5280 section 6.3.3 [R-112]',
    'E17', lambda c: c, trust='hard-early', http=None)
row('a CRL, hard', 'RFC 5280 section 6.3.3 [R-112]', 'pass', lambda c: c,
    trust='hard', http=None)

# -- clocks (RFC 8224 section 6.2 step 4)

for off, want in ((-60, 'pass'), (60, 'pass'), (-61, 'E15'), (61, 'E15')):
    row('iat %+d s' % off, 'ATIS-1000082 E15, RFC 8224 section 4.1 [R-073]',
        want, lambda c, o=off: c.c(iat=c.now + o), clock=True)
for off, want in ((-60, 'pass'), (60, 'pass'), (-61, 'E3'), (61, 'E3')):
    row('Date %+d s' % off, 'ATIS-1000082 E3, RFC 8224 section 4.1 [R-072]',
        want, lambda c, o=off: c.set(date=c.now + o), clock=True)
for off in (-86400, -80, 80, 86400):
    row('iat %+d s, by any clock' % off, 'ATIS-1000082 E15 [R-073]', 'E15',
        lambda c, o=off: c.c(iat=c.now + o))
    row('Date %+d s, by any clock' % off, 'ATIS-1000082 E3 [R-072]', 'E3',
        lambda c, o=off: c.set(date=c.now + o))
row('a good token a minute later', 'ATIS-1000082 E15 [R-073]', 'E15',
    lambda c: c.set(at=61), http=None)
row('a good token, a certificate that has expired since', E17 +
    'RFC 5280 section 6.1.3 [R-102]', 'E17',
    lambda c: c.set(at=366 * 86400).c(iat=c.now + 366 * 86400 - 10),
    http=None)

# -- several faults: the first of the table speaks

FIRST = 'ATIS-1000082: the first case of the table [R-079]'
row('Date, typ, key', FIRST, 'E3', lambda c: c.h(typ='JWT').set(
    date=c.now - 80, key=c.pki.pa.key))
row('info, x5u', FIRST, 'E7', lambda c: c.set(
    params=';info=<http://example.org/>'))
row('x5u, typ', FIRST, 'E10', lambda c: c.h(x5u='x', typ='JWT'))
row('typ, alg', FIRST, 'E11', lambda c: c.h(typ='JWT', alg='none'))
row('alg, ppt', FIRST, 'E12', lambda c: c.h(ppt='foo', alg='none').set(
    params=';info=<URL>'))
row('ppt, claims', FIRST, 'E13', lambda c: c.h(ppt='foo').without(
    'claims', 'orig').set(params=';info=<URL>'))
row('claims, iat', FIRST, 'E14', lambda c: c.c(iat=5).without(
    'claims', 'attest'))
row('iat, orig', FIRST, 'E15', lambda c: c.c(iat=5, orig={'tn': '911'}))
row('orig, certificate', FIRST, 'E16', lambda c: c.c(
    orig={'tn': '911'}).set(chain='leaf-expired'))
row('certificate, signature', FIRST, 'E17', lambda c: c.set(
    chain='leaf-expired', key=c.pki.pa.key))
row('signature, attest', FIRST, 'E18', lambda c: c.c(attest='X').set(
    key=c.pki.pa.key))
