# SPDX-License-Identifier: Apache-2.0
"""shakend signs every type of PASSporT, and diversions of the calls that it is
sent: standard API, native API, SIP messages.  What is signed is verified by the
daemon itself, and by the command."""
import email.utils
import json
import subprocess
import time

import service_lab
from service_api import ApiTest
from service_lab import (Client, Daemon, DEST, ORIG, ORIGID, claims, now,
                         openssl, signing_request)

NEXT, LAST = '12355551299', '12355551300'
DIGEST = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'
SIP = 'message/sip'

TYPES = [   # ppt, members of the standard API, of the native one, claims
    ('div', {'div': {'tn': '+1 (235) 555-1212', 'hi': '1.2'}},
     {'div': 'sip:+1-235-555-1212@h;user=phone', 'hi': '1.2'},
     {'div': {'tn': DEST, 'hi': '1.2'}}),
    ('div', {'div': {'uri': 'sip:Bob@H.example:5080'}},
     {'div': '"Bob" <sip:Bob@H.example:5080>'},
     {'div': {'uri': 'sip:bob@h.example'}}),
    ('rph', {'rph': {'auth': ['ets.0', 'wps.1']}},
     {'rph': 'ets.0, wps.1'}, {'rph': {'auth': ['ets.0', 'wps.1']}}),
    ('rph', {'rph': {'auth': ['esnet.1']}, 'sph': 'psap-callback'},
     {'rph': ['esnet.1'], 'sph': 'psap-callback'},
     {'rph': {'auth': ['esnet.1']}, 'sph': 'psap-callback'}),
    ('rcd', {'rcd': {'nam': 'Zoë'}, 'crn': 'lunch'},
     {'rcd': {'nam': 'Zoë'}, 'crn': 'lunch'},
     {'rcd': {'nam': 'Zoë'}, 'crn': 'lunch'}),
    ('rcd', {'crn': 'lunch'}, {'crn': 'lunch'}, {'crn': 'lunch'}),
    ('msg', {'msgi': DIGEST}, {'msgi': DIGEST}, {'msgi': DIGEST}),
    ('msg', {}, {}, {}),
    ('rph', {'rph': {'auth': ['ets.0']}, 'mky': [
        {'alg': 'sha-256', 'dig': '0b'}, {'alg': 'sha-256', 'dig': '0a'}]},
     {'rph': ['ets.0'], 'mky': [
         {'alg': 'sha-256', 'dig': '0b'}, {'alg': 'sha-256', 'dig': '0a'}]},
     {'rph': {'auth': ['ets.0']}, 'mky': [
         {'alg': 'sha-256', 'dig': '0a'}, {'alg': 'sha-256', 'dig': '0b'}]}),
]

REFUSED = [  # ppt, members of the standard API; which of them, and what is said
    ('div', {}, 'div', ''),
    ('div', {'div': {'tn': '+1-235-555-1299'}}, 'div',
     'div and dest are both 12355551299: nothing was diverted'),
    ('div', {'div': {'tn': DEST, 'hi': 'x'}}, 'div', 'index'),
    ('div', {'div': {'tn': 'bob'}}, 'div', 'not a telephone number'),
    ('div', {'div': {'tn': DEST}, 'opt': 'a.b.c'}, 'opt', 'ppt div'),
    ('div', {'div': {'tn': DEST}, 'attest': 'A'}, 'attest', 'ppt div'),
    ('div', {'div': {'tn': DEST}, 'origid': ORIGID}, 'origid', 'ppt div'),
    ('div-o', {'div': {'tn': DEST}}, 'opt', ''),
    ('div-o', {'div': {'tn': DEST}, 'opt': 'a.b'}, 'opt', 'claim opt'),
    ('div-o', {'div': {'tn': DEST}, 'opt': '..c'}, 'opt', 'claim opt'),
    ('rph', {}, 'rph', ''),
    ('rph', {'rph': 5}, 'rph', 'not an object'),
    ('rph', {'rph': {'auth': []}}, 'rph', 'auth'),
    ('rph', {'rph': {'auth': ['ets']}}, 'rph', 'namespace.priority'),
    ('rph', {'rph': {'auth': ['ets.0']}, 'sph': 'psap-callback'}, 'sph',
     'esnet'),
    ('rph', {'rph': {'auth': ['esnet.1']}, 'sph': 'x'}, 'sph',
     'psap-callback'),
    ('rcd', {}, 'rcd', ''),
    ('rcd', {'rcd': {'apn': '1'}}, 'rcd', 'nam'),
    ('rcd', {'rcd': {'nam': 'x', 'y': 1.5}}, 'rcd', 'integers'),
    ('rcd', {'rcd': {'nam': 'x'}, 'rcdi': {'/icn': DIGEST}}, 'rcdi', '/icn'),
    ('rcd', {'crn': 5}, 'crn', 'string'),
    ('msg', {'msgi': 'md5-x'}, 'msgi', 'sha256-'),
    ('msg', {'mky': 5}, 'mky', 'array'),
    ('shaken', {'attest': 'A', 'origid': ORIGID, 'div': {'tn': '1'}}, 'div',
     'ppt shaken'),
]


def standard(ppt, dest=NEXT, **members):
    return signing_request(attest=members.pop('attest', None),
                           origid=members.pop('origid', None),
                           dest={'tn': [dest]}, ppt=ppt, **members)


def invite(uri, *fields, orig=ORIG):
    lines = ['INVITE %s SIP/2.0' % uri,
             'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
             'From: <sip:+%s@a.example.com>;tag=1' % orig,
             'To: <sip:+%s@b.example.com>' % DEST,
             'Call-ID: 1@192.0.2.1', 'CSeq: 1 INVITE', *fields,
             'Content-Length: 0', '', '']
    return '\r\n'.join(lines)


class Types(ApiTest):

    def check(self, identity, ppt, payload):
        self.assertTrue(identity.endswith(';alg=ES256;ppt=' + ppt), identity)
        head, got = claims(identity)
        self.assertEqual(head['ppt'], ppt)
        self.assertEqual(got, {'orig': {'tn': ORIG}, 'dest': {'tn': [NEXT]},
                               **payload})

    def test_standard(self):
        for ppt, members, _, payload in TYPES:
            with self.subTest(ppt, **members):
                req = standard(ppt, requestId='r', **members)
                answer = self.client.post('/stir/v1/signing',
                                          {'signingRequest': req})
                self.assertEqual(answer.status, 200, answer.text)
                body = answer.json()['signingResponse']
                self.assertEqual(sorted(body), ['identity', 'identityHeader',
                                                'requestId'])
                self.assertEqual(body['identity'], body['identityHeader'])
                self.check(body['identity'], ppt,
                           {'iat': req['iat'], **payload})

    def test_resources(self):
        for ppt, members, _, payload in TYPES:
            if ppt == 'msg':
                continue
            for said in ppt, None:
                with self.subTest(ppt, said=said, **members):
                    req = standard(ppt, **members)
                    if said is None:
                        del req['ppt']
                    answer = self.client.post('/stir/v1/%sSigning' % ppt,
                                              {'signingRequest': req})
                    self.assertEqual(answer.status, 200, answer.text)
                    self.check(answer.json()['signingResponse']['identity'],
                               ppt, {'iat': req['iat'], **payload})

    def test_native(self):
        for ppt, _, members, payload in TYPES:
            with self.subTest(ppt, **members):
                answer = self.client.sign(ppt=ppt, attest=None, dest=NEXT,
                                          iat=now(), **members)
                self.assertEqual(answer.status, 200, answer.text)
                body = answer.json()
                head, got = claims(body['identity'])
                self.assertEqual(body['passport'],
                                 {'header': head, 'payload': got})
                self.check(body['identity'], ppt,
                           {'iat': got['iat'], **payload})

    def test_refused(self):
        """With the name of the member, and never as 500."""
        for ppt, members, member, says in REFUSED:
            with self.subTest(ppt, **members):
                answer = self.client.post(
                    '/stir/v1/signing',
                    {'signingRequest': standard(ppt, **members)})
                self.check_error(answer, 400, 'SVC4005' if says else 'SVC4001',
                                 member)
                self.assertIn(says, answer.text)

    def test_any_value_of_any_claim(self):
        """Is signed or is a fault of the client's."""
        values = (None, True, 0, 1.5, 10 ** 15, '', 'x', '..', 'a.b.c',
                  'x' * 20000, [], {}, [[]], [5], [''], {'tn': 5}, {'tn': '1'},
                  {'auth': 5}, {'auth': [5]}, {'nam': 5}, {'nam': 'x' * 17000},
                  {'': {'': []}}, [{'alg': 5}], [{'alg': 'x', 'dig': ''}],
                  json.loads('[' * 10 + ']' * 10), '\ud7ff')
        base = {'div': {'div': DEST}, 'div-o': {'div': DEST, 'opt': 'a.b.c'},
                'rph': {'rph': 'ets.0'}, 'rcd': {'crn': 'x'}, 'msg': {},
                'shaken': {'attest': 'A'}}
        statuses = set()
        for ppt, members in base.items():
            for claim in ('div', 'hi', 'opt', 'rph', 'sph', 'rcd', 'rcdi',
                          'crn', 'mky', 'msgi', 'ppt'):
                for value in values:
                    body = {'orig': ORIG, 'dest': NEXT, 'ppt': ppt, **members,
                            claim: value}
                    answer = self.client.post('/v1/sign', body)
                    statuses.add(answer.status)
                    self.assertIn(answer.status, (200, 400), body)
                    if answer.status == 400:
                        self.assertTrue(answer.json().get('member'),
                                        answer.text)
        self.assertEqual(statuses, {200, 400})

    def test_native_refused(self):
        for ppt, members, member, says in (
                ('div', {'div': '+' + NEXT}, 'div', 'nothing was diverted'),
                ('div', {'div': {'tn': DEST}}, 'div', 'string'),
                ('div', {'hi': '1'}, 'div', ''),
                ('rph', {'rph': 'ets'}, 'rph', 'namespace.priority'),
                ('rph', {'rph': 5}, 'rph', 'Resource-Priority'),
                ('shaken', {'attest': 'A', 'sph': 'psap-callback'}, 'sph',
                 'ppt shaken'),
                ('divert', {}, 'ppt', 'div-o')):
            with self.subTest(ppt, **members):
                answer = self.client.sign(ppt=ppt, dest=NEXT,
                                          **{'attest': None, **members})
                self.check_problem(answer, 400, 'invalid-member' if says else
                                   'missing-member', member)
                self.assertIn(says, answer.json()['detail'])

    def test_in_shaken(self):
        got = claims(self.client.identity(rcd={'nam': 'Bob'}, crn='x'))[1]
        self.assertEqual((got['rcd'], got['crn'], got['attest']),
                         ({'nam': 'Bob'}, 'x', 'A'))


class Diverted(ApiTest):
    """A message goes in, and what comes out is a chain that verifies."""

    def divert(self, message, query, want=200, member=None, says=''):
        answer = self.client.post('/v1/sign?' + query, message,
                                  Content_Type=SIP, Accept='text/plain')
        if want == 200:
            self.assertEqual(answer.status, 200, answer.text)
            return answer.text
        self.check_problem(answer, want, 'invalid-member', member)
        self.assertIn(says, answer.json()['detail'])
        return None

    def check_chain(self, values, target):
        """shaken verify, which knows where the call went."""
        args = [service_lab.SHAKEN, 'verify', '--json', '--orig', ORIG,
                '--dest', DEST, '--target', target,
                '--trust', self.lab.path('a', 'root.pem'),
                '--crl', self.lab.path('a', 'crl.pem'),
                '--cert', self.lab.path('a', 'chain.pem'), '-']
        done = subprocess.run(args, input='\n'.join(values), check=False,
                              stdout=subprocess.PIPE, text=True)
        got = json.loads(done.stdout)
        self.assertEqual(got['verstat'], 'TN-Validation-Passed', got)
        self.assertEqual([r['verstat'] for r in got['results']],
                         ['TN-Validation-Passed'] * len(got['results']))

    def test_as_it_came(self):
        caller = self.client.identity()
        message = invite('sip:+%s@b.example.com' % DEST,
                         'Identity: ' + caller,
                         'History-Info: <sip:+%s@b.example.com>;index=1.3'
                         % DEST)
        for dest in NEXT, '%2B' + NEXT, 'sip:+' + NEXT + '@h', \
                '+1-235-555-1299':
            div = self.divert(message, 'ppt=div&dest=' + dest)
            self.assertEqual(claims(div)[1], {
                'orig': {'tn': ORIG}, 'dest': {'tn': [NEXT]},
                'div': {'tn': DEST, 'hi': '1.3'},
                'iat': claims(caller)[1]['iat']})
        self.check_chain([caller, div], NEXT)

    def test_changed_already(self):
        caller = self.client.identity()
        for field, hi in (
                ('Diversion: <sip:+%s@b.example.com>;reason=no-answer', {}),
                ('History-Info: <tel:+%s>;index=1, <tel:+' + NEXT +
                 '>;index=1.1', {'hi': '1'})):
            div = self.divert(invite('tel:+' + NEXT, 'Identity: ' + caller,
                                     field % DEST), 'ppt=div')
            self.assertEqual(claims(div)[1]['div'], {'tn': DEST, **hi})
            self.check_chain([caller, div], NEXT)

    def test_twice(self):
        caller = self.client.identity()
        date = email.utils.formatdate(now() - 2, usegmt=True)
        first = self.divert(invite('tel:+' + DEST, 'Identity: ' + caller),
                            'ppt=div&dest=' + NEXT)
        second = self.divert(invite('tel:+' + NEXT, 'Date: ' + date,
                                    'Identity: ' + caller,
                                    'Identity: ' + first),
                             'ppt=div&dest=' + LAST)
        self.assertEqual(claims(second)[1]['div'], {'tn': NEXT})
        self.assertEqual(claims(second)[1]['iat'], int(
            email.utils.parsedate_to_datetime(date).timestamp()))
        self.check_chain([caller, first, second], LAST)

    def test_around(self):
        caller = self.client.identity()
        value = self.divert(invite('tel:+' + DEST, 'Identity: ' + caller),
                            'ppt=div-o&dest=' + NEXT)
        self.assertTrue(value.endswith(';ppt=div-o'))
        self.assertEqual(claims(value)[1]['opt'], caller.split(';')[0])
        self.check_chain([value], NEXT)
        # The same from JSON, whole value or token.
        for opt in caller, caller.split(';')[0]:
            answer = self.client.sign(ppt='div-o', attest=None, div=DEST,
                                      dest=NEXT, opt=opt)
            self.check_chain([answer.json()['identity']], NEXT)
        answer = self.client.sign(ppt='div-o', attest=None, div=LAST,
                                  dest=NEXT, opt=caller)
        self.check_problem(answer, 400, 'invalid-member', 'opt')

    def test_refused(self):
        caller = 'Identity: ' + self.client.identity()
        another = 'Identity: ' + self.client.identity(orig='12155559999')
        came = 'tel:+' + DEST
        self.divert(invite(came, caller), 'ppt=div', 400, 'div',
                    'nothing was diverted')
        self.divert(invite(came, caller), 'ppt=div&dest=%2B' + DEST, 400,
                    'div', 'nothing was diverted')
        self.divert(invite(came), 'ppt=div&dest=' + NEXT, 400, 'div',
                    'no Identity')
        self.divert(invite(came, another), 'ppt=div&dest=' + NEXT, 400, 'div',
                    'no Identity of the request is from %s to %s' %
                    (ORIG, DEST))
        self.divert(invite(came, caller), 'ppt=div&dest=alice', 400, 'dest',
                    'it is ')
        self.divert(invite(came, caller), 'ppt=div&attest=A&dest=' + NEXT,
                    400, 'attest')
        self.divert(invite(came, caller), 'ppt=rph&dest=' + NEXT, 400, 'ppt',
                    'send JSON')
        self.divert(invite(came, caller), 'attest=A&dest=' + NEXT, 400, 'dest')
        div = self.divert(invite(came, caller), 'ppt=div&dest=' + NEXT)
        self.divert(invite('tel:+' + NEXT, caller, 'Identity: ' + div,
                           'Diversion: <tel:+%s>' % DEST), 'ppt=div', 400,
                    'div', 'already')

    def test_stale(self):
        """R-061 holds for diversions as well."""
        date = email.utils.formatdate(now() - 70, usegmt=True)
        self.divert(invite('tel:+' + DEST, 'Date: ' + date,
                           'Identity: ' + self.client.identity()),
                    'ppt=div&dest=' + NEXT, 400, 'iat', ' s old')

    def test_verified_over_http(self):
        caller = self.client.identity()
        div = self.divert(invite('tel:+' + DEST, 'Identity: ' + caller),
                          'ppt=div&dest=' + NEXT)
        got = self.client.verify([caller, div]).json()
        self.assertEqual([r['verstat'] for r in got['results']],
                         ['TN-Validation-Passed'] * 2)


class Who(ApiTest):
    """The key of a diversion must be for the diverting number (RFC 8946 section
    3); what is signed is counted and written down by its type."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lab = cls.lab
        entries = b''.join(b'\xa2\x0d\x16\x0b' + tn.encode()
                           for tn in (DEST, NEXT))
        der = b'\x30' + bytes([len(entries)]) + entries
        leaf = openssl(
            'req', '-x509', '-new', '-key', lab.path('a', 'key.pem'), '-subj',
            '/C=US/O=Example/CN=SHAKEN numbers', '-days', '2',
            '-CA', lab.path('a', 'intermediate.pem'),
            '-CAkey', lab.path('a', 'intermediate-key.pem'),
            '-addext', 'basicConstraints=critical,CA:FALSE',
            '-addext', 'keyUsage=critical,digitalSignature',
            '-addext', '1.3.6.1.5.5.7.1.26=DER:' + der.hex(':'))
        with open(lab.path('numbers.pem'), 'wb') as f:
            f.write(leaf + lab.read('a', 'intermediate.pem').encode())
        cls.audit = lab.path('audit.log')
        cls.numbers = Daemon(lab, {
            'key a': cls.daemon.key('a', certificate=lab.path('numbers.pem')),
            'key b': cls.daemon.key('b'),
            'log': [('audit', cls.audit)],
            'tenant t': [('anonymous', 'yes'), ('keys', 'a'),
                         ('attest', 'C'), ('ppt', 'div'),
                         ('ppt', 'shaken')]})

    @classmethod
    def tearDownClass(cls):
        status = cls.numbers.stop()
        super().tearDownClass()
        assert status == 0, cls.numbers.log()

    def setUp(self):
        self.client = Client(self.numbers)

    def div(self, **changes):
        return self.client.sign(**{'ppt': 'div', 'attest': None, 'div': DEST,
                                   'dest': '1999', **changes})

    def test_scope(self):
        for div in DEST, NEXT:
            answer = self.div(div=div)
            self.assertEqual(answer.status, 200, answer.text)
        answer = self.div(div=LAST)
        self.check_problem(answer, 403, 'forbidden')
        self.assertIn("div %s is outside of the certificate's TNAuthList" %
                      LAST, answer.json()['detail'])
        # The caller is not what a diversion vouches for, but what shaken does.
        answer = self.client.sign(attest='C')
        self.check_problem(answer, 403, 'forbidden')
        self.assertIn('orig ' + ORIG, answer.json()['detail'])

    def test_scope_of_a_message(self):
        caller = Client(self.daemon).identity(dest=LAST)
        answer = self.client.post(
            '/v1/sign?ppt=div&dest=' + DEST,
            invite('tel:+' + LAST, 'Identity: ' + caller), Content_Type=SIP)
        self.check_problem(answer, 403, 'forbidden')

    def test_key_of_another(self):
        self.check_problem(self.div(key='b'), 403, 'forbidden')

    def test_type(self):
        """[tenant] ppt: priority is not everybody's to sign."""
        answer = self.client.sign(ppt='rph', attest=None, rph='ets.0',
                                  orig=DEST)
        self.check_problem(answer, 403, 'forbidden')
        self.assertIn('may not sign ppt rph', answer.json()['detail'])

    def test_attest_is_of_shaken_alone(self):
        self.assertEqual(self.div().status, 200)
        answer = self.client.sign(attest='A', orig=DEST)
        self.check_problem(answer, 403, 'forbidden')

    def test_log_and_metrics(self):
        def count():
            return self.numbers.metric(
                'signatures_total{key="a",ppt="div",attest=""}')
        before = count()
        answer = self.client.post(
            '/v1/sign', {'ppt': 'div', 'orig': ORIG, 'div': DEST,
                         'dest': NEXT}, X_RequestID='req-div')
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(count(), before + 1)
        end = time.monotonic() + 5
        line = None
        while line is None and time.monotonic() < end:
            with open(self.audit, encoding='ascii') as f:
                lines = [json.loads(text) for text in f]
            line = next((x for x in lines if x['request'] == 'req-div'), None)
        self.assertEqual(
            {k: line[k] for k in ('event', 'key', 'orig', 'dest', 'div',
                                  'ppt')},
            {'event': 'sign', 'key': 'a', 'orig': ORIG, 'dest': NEXT,
             'div': DEST, 'ppt': 'div'})
        self.assertNotIn('attest', line)
        self.assertNotIn('origid', line)
