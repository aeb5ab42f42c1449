#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""forge_differential.py PROBE [TOKENS [SEED]] - the library and another opinion
over the same tokens: PyJWT for the JWS, and rules written here, out of RFC
8225 and RFC 8588, for what is in it.

A token is a good one with up to three changes, before it is signed and after.
The same seed makes the same changes.  Both have to accept it, or neither.
Where PyJWT is known to be wider, or narrower, DIFFERENCES says why; each of
them must come up, so that none outlives its reason."""
import collections
import json
import random
import re
import shutil
import sys
import tempfile
import time

import jwt
from cryptography.hazmat.primitives import serialization

from forge_calls import DEST, N, ORIG, Call, b64, raw
from forge_fronts import PASSED, Library
from forge_pki import Pki, key_pem
from service_lab import unb64

FIVE = ('attest', 'dest', 'iat', 'orig', 'origid')
ALPHABET = ('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
            '0123456789-_')

# -- the second opinion


class Refused(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Refused(why)


def once(pairs):
    need(len(dict(pairs)) == len(pairs), 'a member twice')
    return dict(pairs)


def no_constant(text):
    raise Refused('%s is no JSON' % text)


def read(data):
    """A JSON object: of UTF-8, names once, no constants."""
    try:
        value = json.loads(data.decode(), object_pairs_hook=once,
                           parse_constant=no_constant,
                           parse_int=lambda s: (s, int(s[:30])))
    except (ValueError, RecursionError) as e:
        raise Refused(str(e)) from e
    need(isinstance(value, dict), 'no object')
    return value


def number(text):
    """A telephone number's digits (RFC 8224 section 8.3)."""
    need(isinstance(text, str), 'no string')
    need(re.fullmatch(r' *\+?[0-9#*().\- ]*', text), 'no number')
    digits = re.sub('[^0-9#*]', '', text)
    need(1 <= len(digits) <= 15, 'no number')
    return digits


def check_header(h, url):
    """RFC 8225 section 4, RFC 8588 section 3."""
    for name, want in (('alg', 'ES256'), ('ppt', 'shaken'),
                       ('typ', 'passport'), ('x5u', url)):
        need(h.get(name) == want, name)
    need('crit' not in h, 'crit')


def check_claims(c, now):
    """RFC 8225 section 5, RFC 8588 sections 4 and 5; the call's numbers."""
    for name in FIVE:
        need(name in c, name)
    need(isinstance(c['iat'], tuple) and
         re.fullmatch('[0-9]{1,12}', c['iat'][0]), 'iat')
    need(abs(c['iat'][1] - now) <= 60, 'iat not fresh')
    need(c['attest'] in ('A', 'B', 'C'), 'attest')
    need(isinstance(c['origid'], str), 'origid')
    need(isinstance(c['orig'], dict) and list(c['orig']) == ['tn'], 'orig')
    need(number(c['orig']['tn']) == ORIG, 'orig')
    need(isinstance(c['dest'], dict), 'dest')
    need('uri' not in c['dest'], 'no change here makes a good one')
    tns = c['dest'].get('tn')
    need(isinstance(tns, list), 'dest')
    need(DEST in [number(tn) for tn in tns], 'dest')


def second_opinion(token, key, url, now):
    """None: accepted; else why not."""
    try:
        payload = jwt.api_jws.decode(token, key, algorithms=['ES256'])
        check_header(read(unb64(token.split('.')[0])), url)
        check_claims(read(payload), now)
    except (Refused, jwt.exceptions.InvalidTokenError, ValueError,
            RecursionError) as e:
        return '%s: %s' % (type(e).__name__, e)
    return None


# -- where they may differ: PyJWT is wider than the library, or narrower


def parts_of(token):
    return token.split('.')


def text_in(token, *texts):
    """Whether header or payload have one of these in them."""
    return any(t in unb64(p) for p in parts_of(token)[:2] for t in texts)


def depth(token):
    deepest = 0
    for p in parts_of(token)[:2]:
        d = 0
        for c in unb64(p).decode(errors='replace'):
            d += (c in '[{') - (c in ']}')
            deepest = max(deepest, d)
    return deepest


DIFFERENCES = [
    ('alphabet', 'wider', 'PyJWT skips characters that are not base64url, and '
     'takes those of base64; RFC 7515 section 2 has neither',
     lambda t: re.search(r'[^A-Za-z0-9_.\-=]', t) or len(parts_of(t)) > 3),
    ('padding', 'wider', 'PyJWT takes "="; RFC 7515 section 2 leaves it out',
     lambda t: '=' in t),
    ('slack bits', 'wider', 'PyJWT takes several texts for the same bytes; '
     'RFC 4648 section 3.5 lets a decoder refuse them',
     lambda t: any(b64(unb64(p)) != p for p in parts_of(t))),
    ('half a pair', 'wider', 'Python takes half a surrogate pair; RFC 8259 '
     'section 8.2 calls what then happens unpredictable',
     lambda t: text_in(t, b'\\ud83d')),
    ('escaped NUL', 'wider', 'Python takes \\u0000, which ends strings in C',
     lambda t: text_in(t, b'\\u0000')),
    ('nesting', 'wider', 'Python goes as deep as its stack; the library 16',
     lambda t: depth(t) > 16),
    ('b64', 'narrower', 'PyJWT follows b64 where crit does not name it; RFC '
     '7797 section 6 wants that',
     lambda t: re.search(br'"b64":false', unb64(parts_of(t)[0]))),
]


def excuse(token, ours, theirs):
    """The first difference that explains this one."""
    kind = 'wider' if theirs and not ours else 'narrower'
    for name, way, _, applies in DIFFERENCES:
        try:
            if way == kind and applies(token):
                return name
        except ValueError:      # base64 that nobody can read
            continue
    return None


# -- changes

FRAGMENTS = [b'\\u0000', b'\\ud83d', b'\\ud83d\\ude00', b'\\/', b'\\u0041',
             b'\\x', b'"', b'\\', b'{', b'}', b'[', b']', b',', b':', b' ',
             b'\t', b'\n', b'0', b'1', b'-', b'.', b'e', b'E+', b'null',
             b'true', b'NaN', b'\xff', b'\xc3\xa9', b'\xed\xa0\x80', b'+',
             b'(', b'\0']
VALUES = [b'null', b'true', b'0', b'-1', b'1e3', b'1.5', b'""', b'"x"', b'[]',
          b'{}', b'NaN', b'1e400', b'9' * 30, b'["A"]', b'{"tn":"1"}',
          b'[' * 15 + b']' * 15, b'[' * 17 + b']' * 17, b'"\\u0000"',
          b'"\\ud83d"', b'"\xc3\xa9"', b'{"y":1,"y":2}',
          b'["12155550131"]', b'{"tn":["12155550131"]}',
          b'{"tn":"12155550121"}', b'"A"', b'"B"', b'"C"', b'"+1 215"']


def change_member(rng, call):
    which = rng.choice(('head', 'claims', 'claims'))
    members = list(getattr(call, which))
    if not isinstance(getattr(call, which), list):
        return
    i = rng.randrange(len(members))
    name, value = members[i]
    what = rng.randrange(8)
    if what == 0:
        del members[i]
    elif what == 1:
        members.insert(rng.randrange(len(members) + 1), members[i])
    elif what == 2:
        members[i] = (name, rng.choice(VALUES))
    elif what == 3:
        rng.shuffle(members)
    elif what == 4:
        members[i] = (rng.choice((name.upper(), name + 'x', 'x' + name)),
                      value)
    elif what == 5:
        members.append((rng.choice(('foo', 'kid', 'b64', 'crit', 'jku', 'nbf',
                                    'exp', 'jwk', '')),
                        rng.choice((b'false', b'7', rng.choice(VALUES)))))
    elif what == 6:
        members[i] = (name, spelled(rng, name, value))
    else:
        members.append(('m%d' % rng.randrange(99), rng.choice(VALUES)))
    setattr(call, which, members)


def spelled(rng, name, value):
    """The same in other letters, or almost."""
    if name == 'iat':
        return call_time(rng, value)
    if name in ('orig', 'dest'):
        n = ORIG if name == 'orig' else DEST
        n = rng.choice(('+' + n, n[:1] + '-' + n[1:4] + '.' + n[4:],
                        '(%s)' % n, n + ' ', n[:-1], n + 'x', n[:-1] + '9',
                        ' +' + n, n + '+', n + '#'))
        return {'tn': n} if name == 'orig' else {'tn': rng.choice(
            ([n], [n, '911'], ['911', DEST, n]))}
    return value


def call_time(rng, value):
    if not isinstance(value, int):
        return value
    return value + rng.choice((-61, -60, -1, 1, 60, 61, 10**9))


def change_text(rng, call):
    which = rng.choice(('head', 'claims'))
    text = bytearray(call.text(which))
    i = rng.randrange(len(text))
    what = rng.randrange(4)
    if what == 0:
        text[i:i] = rng.choice(FRAGMENTS)
    elif what == 1:
        del text[i:i + rng.choice((1, 1, 2, 9))]
    elif what == 2:
        text[i] = rng.randrange(256)
    else:
        text = bytearray(rng.choice((b'\xef\xbb\xbf', b' \n', b'x'))) + text
    setattr(call, which, bytes(text))


def change_token(rng, call):
    def bend(token):
        what = rng.randrange(7)
        i = rng.randrange(len(token))
        parts = token.split('.')
        p = rng.randrange(3)
        if what == 0:
            return token[:i] + rng.choice(ALPHABET + '.=+/!~*') + \
                token[i + 1:]
        if what == 1:
            return token[:i] + token[i + 1:]
        if what == 2:
            return token[:i] + rng.choice(ALPHABET + '.=+/!') + token[i:]
        if what == 3:
            parts[p] += '=' * (-len(parts[p]) % 4)
        elif what == 4:
            parts[p] += rng.choice('!+/~.=') * 4
        elif what == 5 and parts[p][-1:] in ALPHABET and len(parts[p]) % 4:
            parts[p] = parts[p][:-1] + ALPHABET[
                (ALPHABET.index(parts[p][-1]) + 1) % 64]
        else:
            parts.insert(p, rng.choice(('', parts[p], 'AAAA')))
        return '.'.join(parts)
    call.set(token=bend)


def change_signature(rng, call):
    def bend(sig):
        r, s = (int.from_bytes(x, 'big') for x in (sig[:32], sig[32:]))
        return rng.choice((
            lambda: raw(r, N - s), lambda: raw(N - r, s), lambda: raw(r, 0),
            lambda: raw(0, s), lambda: raw(s, r), lambda: raw(N, s),
            lambda: sig[:63], lambda: sig + b'\0', lambda: b'',
            lambda: bytes([sig[0] ^ 1 << rng.randrange(8)]) + sig[1:]))()
    call.set(sig=bend)


def change_key(rng, call):
    call.set(key=rng.choice((call.pki.inter.key, None, None)))


CHANGES = [change_member] * 6 + [change_text] * 4 + [change_token] * 3 + \
    [change_signature, change_key]

# -- the run


def compare(library, pki, tokens, seed):
    now = int(time.time())
    url = 'https://cert.example.org/%s'
    key = serialization.load_pem_private_key(
        key_pem(pki.chains['good'][1]).encode(), None).public_key()
    rng = random.Random(seed)
    count = collections.Counter()
    for i in range(tokens):
        call = Call(pki, now, lambda page: url % page)
        for _ in range(rng.randrange(4)):
            rng.choice(CHANGES)(rng, call)
        value = call.value()
        answer = library.ask_raw(call, value)
        ours = answer['verstat'] == PASSED
        why = second_opinion(call.good, key, url % 'good.pem', now)
        count['accepted' if ours else 'case %d' % answer['case']] += 1
        if ours == (why is None):
            count['agree'] += 1
            continue
        name = excuse(call.good, ours, why is None)
        if name is None:
            sys.exit('token %d of seed %d: the library says %s, the second '
                     'opinion %s:\n%s' % (i, seed, answer, why or 'good',
                                          call.good))
        count[name] += 1
    return count


def main():
    tokens = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    where = tempfile.mkdtemp(prefix='shaken-diff-')
    try:
        pki = Pki(int(time.time()))
        for name, pem in (('root', pki.root.pem), ('pa', pki.pa.pem),
                          ('good', pki.chains['good'][0])):
            with open('%s/%s.pem' % (where, name), 'w',
                      encoding='ascii') as f:
                f.write(pem)
        library = Library(sys.argv[1], where)
        count = compare(library, pki, tokens, seed)
        if library.close() != 0:
            sys.exit('the probe failed')
    finally:
        shutil.rmtree(where)
    print('%d tokens of seed %d' % (tokens, seed))
    for name, n in count.most_common():
        print('%8d  %s' % (n, name))
    for name, _, _, _ in DIFFERENCES:
        if count[name] == 0:
            sys.exit('%s never came up: is PyJWT still so?' % name)
    if count['accepted'] < tokens // 10:
        sys.exit('too few of the tokens are good to tell anything')


if __name__ == '__main__':
    main()
