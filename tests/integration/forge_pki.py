# SPDX-License-Identifier: Apache-2.0
"""A PKI of the shape that SHAKEN has, with one fault a chain; made with
python3-cryptography, so that nothing of what is under test made it."""
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier as OID

TNAUTHLIST, CONSTRAINTS, ENHANCED = (OID('1.3.6.1.5.5.7.1.%d' % n)
                                     for n in (26, 27, 33))
POLICY = '2.16.840.1.114569.1.1.4'
CRL_URL = 'https://pa.example.com/crl'
SPC = '1234'


def tlv(tag, *content):
    """DER of something shorter than 64 KiB."""
    body = b''.join(content)
    n = len(body)
    head = bytes([n]) if n < 128 else \
        b'\x81' + bytes([n]) if n < 256 else b'\x82' + n.to_bytes(2, 'big')
    return bytes([tag]) + head + body


def ia5(text):
    return tlv(0x16, text.encode())


def seq(*content):
    return tlv(0x30, *content)


def spc(code=SPC):
    return tlv(0xa0, ia5(code))


def tn(number):
    return tlv(0xa2, ia5(number))


def tn_range(start, count):
    return tlv(0xa1, seq(ia5(start), tlv(2, count.to_bytes(
        count.bit_length() // 8 + 1, 'big'))))


def include(*names):
    return seq(tlv(0xa0, seq(*map(ia5, names))))


def permit(claim, *values):
    return seq(tlv(0xa1, seq(seq(ia5(claim), seq(*(tlv(0x0c, v.encode())
                                                    for v in values))))))


def exclude(*names):
    return seq(tlv(0xa2, seq(*map(ia5, names))))


def name(**parts):
    return x509.Name([x509.NameAttribute(getattr(NameOID, k), v)
                      for k, v in parts.items()])


CRL_ISSUER = name(COUNTRY_NAME='US', ORGANIZATION_NAME='STI-PA',
                  COMMON_NAME='STI-PA CRL')


def new_key(kind='P-256'):
    if kind == 'RSA':
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key({'P-256': ec.SECP256R1(),
                                    'P-384': ec.SECP384R1(),
                                    'secp256k1': ec.SECP256K1()}[kind])


def pem_of(cert):
    return cert.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()).decode()


class Cert:
    """kind: root, ca or leaf, with what the profile of ATIS-1000080 section
    6.4.1 wants for it; the rest bends that.

    tnauthlist, constraints, enhanced: DER; an empty one is no such extension.
    """

    def __init__(self, kind, issuer=None, now=0, key='P-256', start=-86400,
                 end=365 * 86400, ca=None, path_len=None, usage=None,
                 policy=POLICY, tnauthlist=None, constraints=b'',
                 enhanced=b'', critical=False, aki=None, digest=None,
                 cn=None, signer=None, crl=True, subject=None):
        self.key, self.issuer = new_key(key), issuer or self
        self.name = subject or name(
            COUNTRY_NAME='US', ORGANIZATION_NAME='Test',
            COMMON_NAME=cn or 'SHAKEN ' + kind)
        ca = kind != 'leaf' if ca is None else ca
        usage = usage or ('sign' if kind == 'leaf' else 'certify')
        at = datetime.datetime.utcfromtimestamp
        b = x509.CertificateBuilder().subject_name(self.name)
        b = b.issuer_name(self.issuer.name)
        b = b.public_key(self.key.public_key())
        b = b.serial_number(x509.random_serial_number())
        b = b.not_valid_before(at(now + start)).not_valid_after(at(now + end))
        b = b.add_extension(x509.BasicConstraints(ca, path_len), True)
        b = b.add_extension(x509.KeyUsage(
            usage in ('sign', 'both'), False, False, False, False,
            usage in ('certify', 'both'), usage in ('certify', 'crl'), False,
            False), True)
        b = b.add_extension(self.ski(), False)
        if kind != 'root':
            b = self.add_profile(b, policy, crl, aki)
        if tnauthlist is None:
            tnauthlist = seq(spc()) if kind == 'leaf' else b''
        for oid, der in ((TNAUTHLIST, tnauthlist), (CONSTRAINTS, constraints),
                         (ENHANCED, enhanced)):
            if der:
                b = b.add_extension(x509.UnrecognizedExtension(oid, der),
                                    False)
        if critical:
            b = b.add_extension(x509.UnrecognizedExtension(
                OID('1.3.6.1.4.1.99999.1'), b'\x05\x00'), True)
        self.cert = b.sign((signer or self.issuer).key,
                           digest or hashes.SHA256())
        self.pem = pem_of(self.cert)
        self.serial = self.cert.serial_number

    def ski(self):
        return x509.SubjectKeyIdentifier.from_public_key(
            self.key.public_key())

    def add_profile(self, b, policy, crl, aki):
        aki = self.issuer.ski().digest if aki is None else aki
        b = b.add_extension(x509.AuthorityKeyIdentifier(aki, None, None),
                            False)
        if policy:
            b = b.add_extension(x509.CertificatePolicies(
                [x509.PolicyInformation(OID(policy), None)]), False)
        if crl:
            b = b.add_extension(x509.CRLDistributionPoints(
                [x509.DistributionPoint(
                    [x509.UniformResourceIdentifier(CRL_URL)], None, None,
                    [x509.DirectoryName(CRL_ISSUER)])]), False)
        return b


def crl_pem(signer, now, entries=(), start=-86400, end=86400):
    """An indirect CRL as the STI-PA's; entries: (serial, issuer's name, or None
    for that of the entry before)."""
    at = datetime.datetime.utcfromtimestamp
    b = x509.CertificateRevocationListBuilder().issuer_name(signer.name)
    b = b.last_update(at(now + start)).next_update(at(now + end))
    b = b.add_extension(x509.AuthorityKeyIdentifier(
        signer.ski().digest, None, None), False)
    b = b.add_extension(x509.CRLNumber(1), False)
    b = b.add_extension(x509.IssuingDistributionPoint(
        [x509.UniformResourceIdentifier(CRL_URL)], None, False, False, None,
        True, False), True)
    for serial, issuer in entries:
        r = x509.RevokedCertificateBuilder().serial_number(serial)
        r = r.revocation_date(at(now - 3600))
        if issuer is not None:
            r = r.add_extension(x509.CertificateIssuer(
                [x509.DirectoryName(issuer)]), True)
        b = b.add_revoked_certificate(r.build())
    crl = b.sign(signer.key, hashes.SHA256())
    return crl.public_bytes(serialization.Encoding.PEM).decode() + signer.pem


class Pki:
    """chains: name to (PEM of the chain, private key of the leaf)."""

    def __init__(self, now):
        self.now, self.chains = now, {}
        self.root = Cert('root', now=now, cn='SHAKEN ROOT')
        self.inter = Cert('ca', self.root, now)
        self.pa = Cert('root', now=now, cn='STI-PA ROOT')
        self.crl_signer = Cert('leaf', self.pa, now, usage='crl',
                               tnauthlist=b'', crl=False, policy=None,
                               subject=CRL_ISSUER)
        self.good = self.leaf('good')
        self.pass_chains()
        self.leaf_faults()
        self.ca_faults()
        self.tnauthlists()
        self.delegates()
        self.revoked()
        self.bodies()

    def put(self, title, leaf, *others):
        self.chains[title] = (leaf.pem + ''.join(c.pem for c in others),
                              leaf.key)
        return leaf

    def leaf(self, title, issuer=None, path=None, **bent):
        issuer = issuer or self.inter
        path = [issuer] if path is None else path
        return self.put(title, Cert('leaf', issuer, self.now, **bent), *path)

    def ca(self, issuer=None, **bent):
        return Cert('ca', issuer or self.root, self.now, **bent)

    def pass_chains(self):
        self.leaf('under-root', self.root, [])
        self.leaf('with-root', path=[self.inter, self.root])
        leaf = Cert('leaf', self.inter, self.now)
        self.chains['crlf'] = (('\ufefftext before\n' + leaf.pem +
                                self.inter.pem).replace('\n', '\r\n').rstrip(),
                               leaf.key)

    def leaf_faults(self):
        day = 86400
        self.leaf('leaf-expired', end=-5)
        self.leaf('leaf-early', start=5 * day)
        self.leaf('leaf-after-iat', start=-1)
        for kind in ('P-384', 'secp256k1', 'RSA'):
            self.leaf('leaf-' + kind, key=kind)
        self.leaf('leaf-sha1', digest=hashes.SHA1())
        self.leaf('leaf-no-usage', usage='crl')
        self.leaf('leaf-is-ca', ca=True, usage='both')
        self.leaf('leaf-critical', critical=True)
        self.leaf('leaf-no-policy', policy=None)
        self.leaf('leaf-other-policy', policy='1.3.6.1.4.1.99999.2')
        self.leaf('leaf-wrong-signer', signer=self.pa)
        own = Cert('root', now=self.now, cn='SHAKEN ' + SPC, ca=False,
                   usage='sign', tnauthlist=seq(spc()))
        self.put('leaf-self-signed', own)
        self.leaf('no-intermediate', path=[])
        other = Cert('root', now=self.now, cn='SHAKEN ROOT')
        inter = self.ca(other)
        self.leaf('other-root', inter, [inter, other])

    def ca_faults(self):
        day = 86400
        for title, bent in (('expired', {'end': -5}),
                            ('early', {'start': 5 * day}),
                            ('after-iat', {'start': -1}),
                            ('not-ca', {'ca': False}),
                            ('no-certsign', {'usage': 'crl'}),
                            ('critical', {'critical': True}),
                            ('sha1', {'digest': hashes.SHA1()}),
                            ('RSA', {'key': 'RSA'}),
                            ('no-policy', {'policy': None}),
                            ('wrong-signer', {'signer': self.pa})):
            self.leaf('ca-' + title, self.ca(**bent))
        top = self.ca(path_len=0, cn='SHAKEN top')
        below = self.ca(top, cn='SHAKEN below')
        self.leaf('ca-pathlen', below, [below, top])
        self.leaf('ca-is-leaf', self.good, [self.good, self.inter])

    def tnauthlists(self):
        """RFC 8226 section 9; the number of the call is 12155550121."""
        for title, der in (
                ('none', b''), ('empty', seq()),
                ('truncated', seq(spc())[:-1]),
                ('trailing', seq(spc()) + b'\x05\x00'),
                ('implicit', seq(tlv(0x80, SPC.encode()))),
                ('letters', seq(tn('1215abc'))),
                ('long', seq(tn('1' * 16))),
                ('count-1', seq(tn_range('12155550121', 1))),
                ('count-hash', seq(tn_range('#121', 5))),
                ('overflow', seq(tn_range('99', 5))),
                ('covers', seq(tn('12155550121'))),
                ('covers-range', seq(tn_range('12155550100', 100))),
                ('other', seq(tn('12155550122'))),
                ('beside', seq(tn_range('12155550122', 10)))):
            bent = {'tnauthlist': der}
            self.leaf('tnal-' + title, **bent)
        for title, bent in (
                ('include', {'constraints': include('crn')}),
                ('permit', {'constraints': permit('attest', 'B', 'C')}),
                ('permit-good', {'constraints': permit('attest', 'A')}),
                ('permit-absent', {'constraints': permit('crn', 'x')}),
                ('exclude', {'enhanced': exclude('origid')}),
                ('exclude-base', {'enhanced': exclude('origid', 'orig')}),
                ('both', {'constraints': permit('attest', 'A'),
                          'enhanced': permit('attest', 'A')}),
                ('broken', {'constraints': b'\x30\x05\xa0'})):
            self.leaf('jcc-' + title, **bent)

    def delegates(self):
        """RFC 9060: a CA with numbers of its own."""
        numbers = seq(tn_range('12155550100', 100))
        ca = self.ca(self.inter, tnauthlist=numbers, cn='SHAKEN delegate')
        path = [ca, self.inter]
        self.leaf('delegate', ca, path, tnauthlist=seq(tn('12155550121')))
        self.leaf('delegate-outside', ca, path,
                  tnauthlist=seq(tn('12155550121'), tn('13035550121')))
        self.leaf('delegate-disorder', ca, path[::-1],
                  tnauthlist=seq(tn('12155550121')))
        self.leaf('delegate-aki', ca, path, aki=b'x' * 20,
                  tnauthlist=seq(tn('12155550121')))

    def revoked(self):
        a = self.leaf('revoked')
        b = self.leaf('revoked-inherits')
        c = self.leaf('same-serial')
        ca = self.ca(cn='SHAKEN revoked CA')
        self.leaf('revoked-ca', ca)
        self.entries = [(a.serial, self.inter.name), (b.serial, None),
                        (ca.serial, self.root.name), (c.serial, None)]

    def bodies(self):
        """What a certificate host may serve that is no chain."""
        key = self.good.key
        self.chains['body-secret'] = (self.good.pem + key_pem(key), key)
        self.chains['body-html'] = ('<html>no such page</html>\n', key)
        self.chains['body-cut'] = (self.good.pem[:200], key)

    def crl(self, **bent):
        return crl_pem(self.crl_signer, self.now, self.entries, **bent)
