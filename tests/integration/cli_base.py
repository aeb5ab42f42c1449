# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command line share: a PKI, runs, and their rules."""
import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
MAN = os.path.join(TREE, 'docs', 'man', 'shaken.1')
SIP = os.path.join(TREE, 'tests', 'vectors', 'sip')

COMMANDS = ['sign', 'verify', 'decode', 'cert show', 'cert lint', 'cert check',
            'cert csr', 'cache list', 'cache import', 'cache export',
            'cache purge', 'cache prefetch', 'stipa update', 'testpki', 'audit',
            'evidence verify', 'trace']
X5U = 'https://cert.example.org/chain.pem'
ORIG, DEST = '12155550112', '12155550113'
NOW = int(time.time())
UUID = re.compile('^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-'
                  '[0-9a-f]{12}$')
MEMBERS = ['verstat', 'ppt', 'attest', 'origid', 'orig', 'dest', 'div', 'iat',
           'spc', 'x5u', 'case', 'code', 'reason', 'detail']


def shaken():
    """The program under test; cli_test.py says which."""
    return os.environ['SHAKEN_UNDER_TEST']


def b64(data):
    if isinstance(data, str):
        data = data.encode()
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


def token(payload, header=None):
    """A token whose signature is 64 bytes of nothing."""
    if header is None:
        header = {'alg': 'ES256', 'ppt': 'shaken', 'typ': 'passport',
                  'x5u': X5U}
    parts = [p if isinstance(p, (str, bytes)) else
             json.dumps(p, separators=(',', ':'), sort_keys=True)
             for p in (header, payload)]
    return '.'.join(b64(p) for p in parts) + '.' + b64(bytes(64))


def claims(**more):
    c = {'attest': 'A', 'dest': {'tn': [DEST]}, 'iat': NOW,
         'orig': {'tn': ORIG},
         'origid': '123e4567-e89b-12d3-a456-426655440000'}
    c.update(more)
    return {k: v for k, v in c.items() if v is not None}


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix='shaken-cli-')
        cls.pki = os.path.join(cls.dir, 'pki')
        subprocess.run([shaken(), 'testpki', cls.pki], check=True,
                       stdout=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    def file(self, name):
        return os.path.join(self.pki, name)

    def write(self, name, data):
        path = os.path.join(self.dir, name)
        with open(path, 'wb') as f:
            f.write(data.encode() if isinstance(data, str) else data)
        os.chmod(path, 0o600)
        return path

    def run_raw(self, args, data=b'', **more):
        if isinstance(data, str):
            data = data.encode()
        return subprocess.run([shaken()] + args, input=data, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, **more)

    def run_ok(self, args, want=0, data=b''):
        """A run that could do its work: nothing on stderr."""
        r = self.run_raw(args, data)
        err = r.stderr.decode(errors='replace')
        self.assertEqual((r.returncode, err), (want, ''), args)
        return r.stdout.decode()

    def run_cannot(self, args, says, data=b''):
        """A run that could not: one line on stderr, nothing on stdout."""
        r = self.run_raw(args, data)
        err = r.stderr.decode(errors='replace')
        self.assertEqual((r.returncode, r.stdout), (2, b''), (args, err))
        self.assertRegex(err, r'\Ashaken: [^\n]+\n\Z')
        self.assertNotIn('Sanitizer', err)
        self.assertIn(says, err)
        return err

    def sign_args(self, *more, key='key.pem', **replace):
        opts = {'key': key and self.file(key), 'x5u': X5U, 'orig': ORIG,
                'dest': DEST, 'attest': 'A', 'iat': str(NOW)}
        opts.update(replace)
        args = ['sign']
        for name, value in opts.items():
            if value is not None:
                args += ['--' + name, value]
        return args + list(more)

    def sign(self, *more, **replace):
        out = self.run_ok(self.sign_args(*more, **replace))
        self.assertEqual(out.count('\n'), 1)
        return out.rstrip('\n')

    def verify_args(self, identity, *more, **replace):
        opts = {'trust': self.file('root.pem'), 'crl': self.file('crl.pem'),
                'cert': self.file('chain.pem'), 'orig': ORIG, 'dest': DEST,
                'at': str(NOW)}
        opts.update(replace)
        args = ['verify']
        for name, value in opts.items():
            if value is not None:
                args += ['--' + name, value]
        return args + list(more) + [identity]

    def verify(self, identity, *more, want=0, data=b'', **replace):
        out = self.run_ok(self.verify_args(identity, '--json', *more,
                                           **replace), want, data)
        self.assertEqual(out.count('\n'), 1)
        return json.loads(out)

    def fails(self, identity, ecase, code, *more, **replace):
        got = self.verify(identity, *more, want=1, **replace)
        self.assertEqual((got['case'], got['code']), (ecase, code), got)
        self.assertNotEqual(got['verstat'], 'TN-Validation-Passed')
        self.assertTrue(got['reason'])
        self.assertTrue(got['detail'])
        return got
