# SPDX-License-Identifier: Apache-2.0
"""One good call, and how to bend it: what is not bent stays good."""
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

import service_lab

ORIG, DEST = '12155550121', '12155550131'
ORIGID = '123e4567-e89b-12d3-a456-426655440000'
N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551


def b64(data):
    return service_lab.b64(data.encode() if isinstance(data, str) else data)


def public_pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo)


def raw(r, s, size=32):
    return r.to_bytes(size, 'big') + s.to_bytes(size, 'big')


def ecdsa(key, data, digest=None):
    """r and s."""
    return utils.decode_dss_signature(key.sign(data, ec.ECDSA(
        digest or hashes.SHA256())))


def es256(key, data):
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return raw(*ecdsa(key, data), size=(key.key_size + 7) // 8)
    return rs256(key, data)


def es384(key, data):
    return raw(*ecdsa(key, data, hashes.SHA384()), size=48)


def rs256(key, data):
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def hs256(secret, data):
    return hmac.new(secret, data, hashlib.sha256).digest()


def text_of(members):
    """JSON of (name, value) pairs in that order; bytes stand as they are."""
    if isinstance(members, (bytes, str)):
        return members if isinstance(members, bytes) else members.encode()
    out = []
    for name, value in members:
        if not isinstance(value, bytes):
            value = json.dumps(value, separators=(',', ':')).encode()
        out.append(json.dumps(name).encode() + b':' + value)
    return b'{' + b','.join(out) + b'}'


def jwk(key):
    n = key.public_key().public_numbers()
    return {'kty': 'EC', 'crv': 'P-256', 'x': b64(n.x.to_bytes(32, 'big')),
            'y': b64(n.y.to_bytes(32, 'big'))}


class Call:
    """head, claims: lists of pairs, or text; params: pairs, or text; token,
    sig: functions that bend the token, or the signature's bytes."""

    def __init__(self, pki, now, url):
        self.pki, self.now, self.url = pki, now, url
        self.orig, self.dest, self.date = ORIG, DEST, 0
        self.at = 0             # verified so many seconds after it was signed
        self.chain = 'good'
        self.key = None         # None: that of the chain
        self.head = [('alg', 'ES256'), ('ppt', 'shaken'),
                     ('typ', 'passport'), ('x5u', None)]
        self.claims = [('attest', 'A'), ('dest', {'tn': [DEST]}),
                       ('iat', now), ('orig', {'tn': ORIG}),
                       ('origid', ORIGID)]
        self.params = [('info', None), ('alg', 'ES256'), ('ppt', 'shaken')]
        self.signer, self.sig, self.token = es256, None, None
        self.x5u = None         # None: where the chain is served
        self.whole = None       # bends the whole value
        self.good = None        # the token of the last value()
        self.before = b''       # other values, before this one
        self.after = b''

    # Each returns self, so that a row of the table is one expression.

    def set(self, **attributes):
        for name, value in attributes.items():
            assert hasattr(self, name), name
            setattr(self, name, value)
        return self

    def h(self, **members):
        return self._change('head', members)

    def c(self, **members):
        return self._change('claims', members)

    def p(self, **members):
        return self._change('params', members)

    def _change(self, which, members):
        old = getattr(self, which)
        new = [(k, members.pop(k)) if k in members else (k, v)
               for k, v in old]
        setattr(self, which, new + list(members.items()))
        return self

    def without(self, which, name):
        old = getattr(self, which)
        setattr(self, which, [m for m in old if m[0] != name])
        assert len(getattr(self, which)) == len(old) - 1
        return self

    def twice(self, which, name):
        old = getattr(self, which)
        setattr(self, which, old + [m for m in old if m[0] == name])
        assert len(getattr(self, which)) == len(old) + 1
        return self

    def edit(self, which, old, new):
        """Replace text in what is signed, before it is."""
        text = self.text(which)
        old, new = (x.encode() if isinstance(x, str) else x
                    for x in (old, new))
        assert old in text, (old, text)
        setattr(self, which, text.replace(old, new, 1))
        return self

    def text(self, which):
        members = getattr(self, which)
        if isinstance(members, list):
            members = [(k, self.served() if (k, v) == ('x5u', None) else v)
                       for k, v in members]
        return text_of(members)

    def served(self):
        return self.x5u or self.url(self.chain + '.pem')

    def used_key(self):
        return self.key or self.pki.chains[self.chain][1]

    def signed(self):
        return (b64(self.text('head')) + '.' +
                b64(self.text('claims'))).encode()

    def the_token(self):
        data = self.signed()
        sig = self.signer(self.used_key(), data)
        if self.sig is not None:
            sig = self.sig(sig)
        token = data.decode() + '.' + b64(sig)
        return self.token(token) if self.token is not None else token

    def the_params(self):
        if not isinstance(self.params, list):
            return self.params.replace('URL', self.served())
        return ''.join(
            ';' + name + ('' if value is None and name != 'info' else '=' + (
                '<%s>' % self.served() if value is None else value))
            for name, value in self.params)

    def value(self):
        """The header value, bytes."""
        self.good = self.the_token()
        value = (self.good + self.the_params()).encode()
        if self.whole is not None:
            value = self.whole(value)
        return self.before + value + self.after
