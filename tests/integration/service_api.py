# SPDX-License-Identifier: Apache-2.0
"""The requests and answers of shakend: both dialects of the standard API, the
native one, every error.  R-numbers name the requirement that a test proves."""
import json
import subprocess
import unittest

import service_lab
from service_lab import (Client, Daemon, Lab, DEST, JSON, ORIG, ORIGID, UUID4,
                         claims, now, signing_request, tampered,
                         verification_request)

TEXTS = {  # ATIS-1000082: text of a messageId, and the 3GPP text
    'SVC4000': ('Error: Missing request body.', 'Missing request body'),
    'SVC4001': ("Error: Missing mandatory parameter '%1'.",
                'Missing mandatory parameter'),
    'SVC4002': ("Error: Requested response body type '%1' is not supported.",
                'Requested response body type is not supported'),
    'SVC4003': ('Error: Requested resource was not found.',
                'Requested resource not found'),
    'SVC4004': ("Error: Unsupported request body type, expected '%1'.",
                'Unsupported request body type'),
    'SVC4005': ("Error: Invalid '%1' parameter value: %2.",
                'Invalid parameter value'),
    'SVC4006': ('Error: Failed to parse received message body: %1.',
                'Failed to parse message body'),
    'SVC4007': ('Error: Missing mandatory Content-Length header.',
                'Missing mandatory Content-Length header'),
    'POL4050': ('Error: Method not allowed.', 'Method not allowed'),
}

INVITE = '''INVITE sip:+12355551212@b.example.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
f: "Alice" <sip:+13035550000@a.example.com>;tag=1
t: <sip:+1-235-555-1212@b.example.com>
P-Asserted-Identity: <tel:+12155551212>
i: 1@192.0.2.1
CSeq: 1 INVITE
Content-Length: 0

'''.replace('\n', '\r\n')


class ApiTest(unittest.TestCase):
    """One daemon for all tests of a class; CONF completes its configuration."""
    CONF = {}

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(service_lab.SHAKEN)
        try:
            cls.daemon = Daemon(cls.lab, cls.conf())
        except BaseException:
            cls.lab.close()
            raise

    @classmethod
    def conf(cls):
        return cls.CONF

    @classmethod
    def tearDownClass(cls):
        status = cls.daemon.stop()
        cls.lab.close()
        assert status == 0, cls.daemon.log()

    def setUp(self):
        self.client = Client(self.daemon)

    def tearDown(self):
        self.client.conn.close()

    def check_error(self, answer, status, message_id, *variables):
        """A body that clients of both dialects can read (R-138)."""
        self.assertEqual(answer.status, status, answer.text)
        self.assertEqual(answer.fields['Content-Type'], JSON)
        text, error = TEXTS[message_id]
        kind = 'serviceException' if message_id.startswith('SVC') else \
            'policyException'
        body = answer.json()
        exc = body['requestError'][kind]
        self.assertEqual(sorted(exc), ['messageId', 'text', 'variables'])
        self.assertEqual(exc['messageId'], message_id)
        self.assertEqual(exc['text'], text)
        self.assertEqual(body['error'], error)
        self.assertEqual(len(exc['variables']), text.count('%'))
        for got, want in zip(exc['variables'], variables):
            if want is not None:
                self.assertEqual(got, want)

    def check_problem(self, answer, status, code, member=None):
        self.assertEqual(answer.status, status, answer.text)
        self.assertEqual(answer.fields['Content-Type'],
                         'application/problem+json')
        body = answer.json()
        self.assertEqual(body['status'], status)
        self.assertEqual(body['code'], code)
        self.assertEqual(body.get('member'), member)
        self.assertEqual(body['type'], 'about:blank')
        self.assertTrue(body['title'] and body['detail'])


class Errors(ApiTest):
    """R-127, R-129 to R-133, R-135, R-138: every row of ATIS-1000082's table of
    errors."""

    def test_missing_body(self):
        for path in '/stir/v1/signing', '/stir/v1/verification':
            for body in '', ' \r\n':
                self.check_error(self.client.post(path, body), 400, 'SVC4000')

    def test_missing_member(self):
        self.check_error(self.client.post('/stir/v1/signing', {}), 400,
                         'SVC4001', 'signingRequest')
        self.check_error(self.client.post('/stir/v1/verification', {}), 400,
                         'SVC4001', 'verificationRequest')
        for name in 'attest', 'orig', 'dest', 'iat', 'origid':
            answer = self.client.signing(**{name: None})
            self.check_error(answer, 400, 'SVC4001', name)
        for name in 'from', 'to', 'time':
            answer = self.client.verification('a.b.c', **{name: None})
            self.check_error(answer, 400, 'SVC4001', name)
        self.check_error(self.client.verification(None), 400, 'SVC4001',
                         'identity')

    def test_missing_before_malformed(self):
        answer = self.client.signing(attest='X', iat=None)
        self.check_error(answer, 400, 'SVC4001', 'iat')

    def test_accept(self):
        body = {'signingRequest': signing_request()}
        for accept in None, '*/*', 'application/*', JSON, \
                'text/xml, application/json;q=0.5':
            answer = self.client.post('/stir/v1/signing', body, Accept=accept)
            self.assertEqual(answer.status, 200, accept)
        for accept in 'text/xml', 'text/plain', 'application/json;q=0':
            answer = self.client.post('/stir/v1/signing', body, Accept=accept)
            self.check_error(answer, 406, 'SVC4002', accept)

    def test_no_such_resource(self):
        for path in '/', '/stir/v1/nothing', '/stir/v1/signing/', '/nothing':
            self.check_error(self.client.get(path), 404, 'SVC4003')
        self.check_problem(self.client.get('/v1/nothing'), 404, 'not-found')

    def test_content_type(self):
        body = {'signingRequest': signing_request()}
        for good in JSON, 'application/json;charset=utf-8', 'Application/JSON':
            answer = self.client.post('/stir/v1/signing', body,
                                      Content_Type=good)
            self.assertEqual(answer.status, 200, good)
        for bad in 'text/plain', 'application/jsonx', 'message/sip', None:
            answer = self.client.post('/stir/v1/signing', body,
                                      Content_Type=bad)
            self.check_error(answer, 415, 'SVC4004', JSON)

    def test_malformed_sign_members(self):
        for name, value in (
                ('attest', 'D'), ('attest', 'a'), ('attest', ''),
                ('attest', 1),
                ('orig', 'x'), ('orig', {}), ('orig', {'tn': ''}),
                ('orig', {'tn': 'alice'}), ('orig', {'tn': [ORIG]}),
                ('orig', {'tn': '1234567890123456'}),
                ('orig', {'tn': ORIG, 'uri': 'sip:a@example.com'}),
                ('orig', {'uri': 'http://example.com'}),
                ('dest', []), ('dest', {}), ('dest', {'tn': []}),
                ('dest', {'tn': [1]}), ('dest', {'tn': ['1', 'x']}),
                ('dest', {'tn': ['1'] * 65}),
                ('iat', '1443208345'), ('iat', 0), ('iat', -1), ('iat', 1.5),
                ('iat', 1443208345000),
                ('origid', 'x'), ('origid', ORIGID + '0'), ('origid', 5),
                ('ppt', 'divo'), ('ppt', ''), ('ppt', 5),
                ('div', {'tn': ORIG}), ('rph', {'auth': ['ets.0']}),
                ('surprise', 1)):                               # Q1
            answer = self.client.signing(**{name: value})
            self.check_error(answer, 400, 'SVC4005', name)

    def test_stale_iat(self):
        for age in -62, 62:
            answer = self.client.signing(iat=now() - age)
            self.check_error(answer, 400, 'SVC4005', 'iat')
        for age in -50, 50:
            answer = self.client.signing(iat=now() - age)
            self.assertEqual(answer.status, 200, answer.text)

    def test_resource_of_another_type(self):
        for path, ppt in ('divSigning', 'div'), ('rphSigning', 'rph'), \
                ('rcdSigning', 'rcd'):
            for said in 'shaken', 'msg', 'div-o':
                answer = self.client.post('/stir/v1/' + path, {
                    'signingRequest': signing_request(ppt=said)})
                self.check_error(answer, 400, 'SVC4005', 'ppt')
                self.assertIn('%s, where this resource signs %s' % (said, ppt),
                              answer.text)
            answer = self.client.post('/stir/v1/' + path,
                                      {'signingRequest': signing_request()})
            self.check_error(answer, 400, 'SVC4001', ppt)

    def test_malformed_verify_members(self):
        for name, value in (
                ('identity', 5), ('identity', ''), ('identity', [1]),
                ('identity', ['a.b.c'] * 33),
                ('from', 'x'), ('from', {'tn': 'alice'}), ('from', {}),
                ('to', {}), ('to', {'tn': 'x'}), ('time', '5'), ('time', 0),
                ('time', 1443208345000), ('dest', 'x')):
            answer = self.client.post('/stir/v1/verification', {
                'verificationRequest': verification_request(
                    **{'identity': 'a.b.c', name: value})})
            self.check_error(answer, 400, 'SVC4005', name)
        answer = self.client.verification('a.b.c', identityHeader='a.b.c')
        self.check_error(answer, 400, 'SVC4005', 'identity')

    def test_malformed_json(self):
        for body in '{', '[]', 'x', '{"signingRequest": {}} x', '"x"', \
                    '{]', '{"signingRequest": {}, "signingRequest": {}}', \
                    '{"a": ' * 17 + '1' + '}' * 17, '{"a": "\xff"}', \
                    '{"a": "\\u0000"}', '[' * 60000:
            answer = self.client.post('/stir/v1/signing',
                                      body.encode('latin-1'))
            self.check_error(answer, 400, 'SVC4006')

    def test_no_length(self):
        for fields in {}, {'Transfer-Encoding': 'chunked'}:
            conn = Client(self.daemon).conn
            conn.putrequest('POST', '/stir/v1/signing')
            conn.putheader('Content-Type', JSON)
            for k, v in fields.items():
                conn.putheader(k, v)
            conn.endheaders(b'2\r\n{}\r\n0\r\n\r\n' if fields else None)
            r = conn.getresponse()
            self.check_error(service_lab.Answer(r.status, r.headers, r.read()),
                             411, 'SVC4007')
            conn.close()

    def test_method(self):
        for path in '/stir/v1/signing', '/stir/v1/verification':
            for method in 'GET', 'PUT', 'DELETE':
                answer = self.client.send(method, path)
                self.check_error(answer, 405, 'POL4050')
                self.assertEqual(answer.fields['Allow'], 'POST')

    def test_large_body(self):
        at_limit = json.dumps({'signingRequest': signing_request()})
        at_limit += ' ' * (65536 - len(at_limit))
        answer = self.client.post('/stir/v1/signing', at_limit)
        self.assertEqual(answer.status, 200)
        answer = self.client.post('/stir/v1/signing', at_limit + ' ')
        self.assertEqual(answer.status, 413)
        self.assertEqual(answer.json()['error'], 'Request body too large')
        # The connection can go on.
        self.assertEqual(self.client.signing().status, 200)
        answer = self.client.post('/v1/sign', 'x' * 70000)
        self.check_problem(answer, 413, 'body-too-large')
        huge = subprocess.run(
            ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '-H',
             'Content-Type: application/json', '--data-binary', '@-',
             self.daemon.urls[0] + '/stir/v1/signing'],
            input=b'x' * 5000000, stdout=subprocess.PIPE, check=False)
        self.assertEqual(huge.stdout, b'413')

    def test_request_id(self):
        for path in '/stir/v1/signing', '/nothing', '/healthz':
            answer = self.client.get(path, X_RequestID='AA97B177-9383')
            self.assertEqual(answer.fields['X-RequestID'], 'AA97B177-9383')
            answer = self.client.get(path)
            self.assertRegex(answer.fields['X-RequestID'], UUID4)
        for bad in 'x' * 129, 'a b', 'caf\xe9':
            answer = self.client.get('/healthz', X_RequestID=bad)
            self.assertRegex(answer.fields['X-RequestID'], UUID4)


class Signing(ApiTest):

    def test_standard(self):
        iat = now() - 5
        answer = self.client.signing(iat=iat, ppt='shaken')
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(answer.fields['Content-Type'], JSON)
        body = answer.json()['signingResponse']
        self.assertEqual(sorted(body), ['identity', 'identityHeader'])
        self.assertEqual(body['identity'], body['identityHeader'])
        x5u = self.lab.x5u('a.pem')
        self.assertTrue(body['identity'].endswith(
            ';info=<%s>;alg=ES256;ppt=shaken' % x5u))
        head, payload = claims(body['identity'])
        self.assertEqual(head, {'alg': 'ES256', 'ppt': 'shaken',
                                'typ': 'passport', 'x5u': x5u})
        self.assertEqual(payload, {
            'attest': 'A', 'dest': {'tn': [DEST]}, 'iat': iat,
            'orig': {'tn': ORIG}, 'origid': ORIGID})
        answer = self.client.verification(body['identity'])
        self.assertEqual(answer.json()['verificationResponse']['verstat'],
                         'TN-Validation-Passed')

    def test_numbers_become_canonical(self):
        answer = self.client.signing(
            orig={'tn': '+1 (215) 555-1212'},
            dest={'tn': ['+1.235.555.1212', '911'],
                  'uri': ['SIP:Alice@Example.COM:5070;transport=tcp']})
        _, payload = claims(answer.json()['signingResponse']['identity'])
        self.assertEqual(payload['orig'], {'tn': ORIG})
        self.assertEqual(payload['dest'], {
            'tn': [DEST, '911'], 'uri': ['sip:alice@example.com']})

    def test_tolerated_members(self):
        answer = self.client.signing(dest={'tn': DEST}, requestId='r-1',
                                     profileId='p')
        body = answer.json()['signingResponse']
        self.assertEqual(body['requestId'], 'r-1')
        self.assertEqual(claims(body['identity'])[1]['dest'], {'tn': [DEST]})

    def test_more_claims(self):
        rcd = {'nam': 'Example', 'apn': '12155551213'}
        answer = self.client.signing(rcd=rcd, crn='appointment')
        _, payload = claims(answer.json()['signingResponse']['identity'])
        self.assertEqual((payload['rcd'], payload['crn']),
                         (rcd, 'appointment'))

    def test_native(self):
        before = now()
        answer = self.client.sign(orig='sip:+1-215-555-1212@h;user=phone',
                                  dest=['tel:+12355551212', '911'], attest='B')
        self.assertEqual(answer.status, 200, answer.text)
        body = answer.json()
        self.assertEqual(sorted(body), ['identity', 'key', 'passport'])
        self.assertEqual(body['key'], 'a')
        head, payload = claims(body['identity'])
        self.assertEqual(body['passport'], {'header': head,
                                            'payload': payload})
        self.assertEqual(payload['attest'], 'B')
        self.assertEqual(payload['orig'], {'tn': ORIG})
        self.assertEqual(payload['dest'], {'tn': [DEST, '911']})
        self.assertTrue(before <= payload['iat'] <= now())
        self.assertRegex(payload['origid'], UUID4)
        again = self.client.sign().json()['passport']['payload']['origid']
        self.assertNotEqual(again, payload['origid'])

    def test_native_given(self):
        iat = now() - 3
        answer = self.client.sign(iat=iat, origid=ORIGID, ppt='shaken',
                                  key='a')
        payload = answer.json()['passport']['payload']
        self.assertEqual((payload['iat'], payload['origid']), (iat, ORIGID))

    def test_native_errors(self):
        for name in 'orig', 'dest', 'attest':
            self.check_problem(self.client.sign(**{name: None}), 400,
                               'missing-member', name)
        for name, value in (
                ('orig', 'alice'), ('orig', 5), ('orig', ''), ('dest', []),
                ('dest', ['x', 5]), ('attest', 'X'), ('iat', 'x'), ('iat', 5),
                ('origid', 'x'), ('ppt', 'divo'), ('surprise', 1)):
            self.check_problem(self.client.sign(**{name: value}), 400,
                               'invalid-member', name)
        self.check_problem(self.client.post('/v1/sign', '{'), 400,
                           'malformed-body')
        self.check_problem(self.client.post('/v1/sign', ''), 400,
                           'missing-body')
        self.check_problem(self.client.get('/v1/sign'), 405,
                           'method-not-allowed')
        self.check_problem(
            self.client.post('/v1/sign', '{}', Content_Type='text/xml'), 415,
            'unsupported-media-type')
        self.check_problem(self.client.post('/v1/sign', '{}', Accept='a/b'),
                           406, 'not-acceptable')
        self.check_problem(self.client.sign(key='zzz'), 403, 'forbidden')

    def test_text(self):
        answer = self.client.post('/v1/sign', {
            'orig': ORIG, 'dest': DEST, 'attest': 'A'}, Accept='text/plain')
        self.assertEqual(answer.fields.get_content_type(), 'text/plain')
        self.assertRegex(answer.text, r'^[\w-]+\.[\w-]+\.[\w-]+;info=<[^>]+>;'
                         r'alg=ES256;ppt=shaken$')

    def test_sip(self):
        answer = self.client.post('/v1/sign?attest=C', INVITE, Accept='*/*',
                                  Content_Type='message/sip')
        self.assertEqual(answer.status, 200, answer.text)
        payload = answer.json()['passport']['payload']
        # P-Asserted-Identity, not From (RFC 8588); To.
        self.assertEqual(payload['orig'], {'tn': ORIG})
        self.assertEqual(payload['dest'], {'tn': [DEST]})
        self.assertEqual(payload['attest'], 'C')

    def test_sip_date(self):
        import email.utils
        iat = now() - 20
        date = email.utils.formatdate(iat, usegmt=True)
        message = INVITE.replace('CSeq', 'Date: %s\r\nCSeq' % date)
        answer = self.client.post('/v1/sign?attest=A', message,
                                  Content_Type='message/sip')
        self.assertEqual(answer.json()['passport']['payload']['iat'], iat)
        good = self.client.identity()
        for date in ('Fri, 31 Dec 2100 23:59:59 GMT',
                     'Fri, 31 Dec 9999 23:59:59 GMT'):
            late = INVITE.replace('CSeq', 'Date: %s\r\nCSeq' % date)
            self.check_problem(
                self.client.post('/v1/sign?attest=A', late,
                                 Content_Type='message/sip'),
                400, 'invalid-member', 'iat')
            verdict = self.client.post(
                '/v1/verify', late.replace('CSeq', 'y: %s\r\nCSeq' % good),
                Content_Type='message/sip').json()
            self.assertEqual((verdict['case'], verdict['code']), ('E3', 403))

    def test_sip_errors(self):
        send = self.client.post
        sip = 'message/sip'
        self.check_problem(send('/v1/sign', INVITE, Content_Type=sip), 400,
                           'missing-member', 'attest')
        self.check_problem(send('/v1/sign?attest=a', INVITE, Content_Type=sip),
                           400, 'invalid-member', 'attest')
        for bad in 'x', INVITE[:100], INVITE.replace('t: ', 'x: '), \
                INVITE.replace('\r\n\r\n', '\r\n'):
            self.check_problem(
                send('/v1/sign?attest=A', bad, Content_Type=sip), 400,
                'malformed-body')

    def test_uri(self):
        answer = self.client.signing(orig={'uri': 'sip:alice@example.com'})
        _, payload = claims(answer.json()['signingResponse']['identity'])
        self.assertEqual(payload['orig'], {'uri': 'sip:alice@example.com'})


class Verification(ApiTest):

    def test_passed(self):
        identity = self.client.identity(origid=ORIGID)
        answer = self.client.verification(identity)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json(), {'verificationResponse': {
            'verstat': 'TN-Validation-Passed', 'attest': 'A',
            'origid': ORIGID, 'ppt': 'shaken'}})

    def check_failed(self, identity, code, text, verstat, **changes):
        """Both dialects: 200 and an integer code (R-128, R-136, R-137)."""
        answer = self.client.verification(identity, **changes)
        self.assertEqual(answer.status, 200, answer.text)
        body = answer.json()['verificationResponse']
        self.assertEqual(sorted(body), ['reasoncode', 'reasondesc',
                                        'reasontext', 'verstat'])
        self.assertIs(type(body['reasoncode']), int)
        self.assertEqual((body['reasoncode'], body['reasontext'],
                          body['verstat']), (code, text, verstat))
        self.assertTrue(body['reasondesc'])

        answer = self.client.verification(None, identityHeader=identity,
                                          **changes)
        self.assertEqual(answer.status, 200, answer.text)
        body = answer.json()['verificationResponse']
        self.assertEqual(sorted(body), ['verifyResults', 'verstatValue'])
        self.assertEqual(body['verstatValue'], verstat)
        result, = body['verifyResults']
        result = result['verifyResult']
        self.assertIs(type(result['reasonCode']), int)
        self.assertEqual((result['status'], result['reasonCode'],
                          result['reasonText'], result['passport']),
                         ('fail', code, text, identity.split(';')[0]))

    def test_cases(self):
        good = self.client.identity()
        none, failed = 'No-TN-Validation', 'TN-Validation-Failed'
        bad_id = 438, 'Invalid Identity Header'
        bad_info = 436, 'Bad Identity Info'
        self.check_failed(good, 403, 'Stale Date', none,
                          time=now() - 70)                      # E3, R-072
        self.check_failed('..' + good.split('.', 2)[2], *bad_id, none)  # E4
        self.check_failed(good.replace('=shaken', '=foo'), *bad_id, none)
        self.check_failed(good.replace('info=', 'inf0='), *bad_info, none)
        self.check_failed(good.replace('info=<https', 'info=<http'),
                          *bad_info, none)                      # E7
        self.check_failed(good.replace('/a.pem>', '/b.pem>'), *bad_info, none)
        self.check_failed(tampered(good, iat=now() - 70), 403, 'Stale Date',
                          none)                                 # E15
        self.check_failed(good, *bad_id, none,
                          **{'from': {'tn': '12155551299'}})    # E16, R-074
        self.check_failed(good, *bad_id, none, to={'tn': ['1999']})
        self.check_failed(tampered(good, origid=ORIGID), *bad_id,
                          failed)                               # E18, R-077
        self.check_failed('garbage', *bad_id, none)

    def test_several_faults(self):
        identity = tampered(self.client.identity(), iat=now() - 70)
        self.check_failed(identity, 403, 'Stale Date', 'No-TN-Validation',
                          to={'tn': ['1999']})

    def test_dereference(self):                                 # E8
        daemon = Daemon(self.lab, {'key a': [
            (k, v.replace('a.pem', 'gone.pem') if k == 'x5u' else v)
            for k, v in self.daemon.conf['key a']]})
        try:
            identity = Client(daemon).identity()
        finally:
            self.assertEqual(daemon.stop(), 0)
        self.check_failed(identity, 436, 'Bad Identity Info',
                          'No-TN-Validation')

    def test_3gpp_passed(self):
        identity = self.client.identity(origid=ORIGID)
        for to in {'tn': DEST}, {'tn': [DEST, '911']}:
            answer = self.client.verification(
                None, identityHeader=identity, to=to, dest={'tn': '1999'},
                requestId='r-9')
            body = answer.json()['verificationResponse']
            self.assertEqual(body, {
                'verstatValue': 'TN-Validation-Passed', 'requestId': 'r-9',
                'verifyResults': [{'verifyResult': {
                    'ppt': 'shaken', 'status': 'pass',
                    'validClaims': claims(identity)[1]}}]})

    def test_3gpp_several(self):
        """What cannot be verified says so, and does no harm."""
        identity = self.client.identity()
        div = identity.replace('ppt=shaken', 'ppt=div')
        answer = self.client.verification(None, identityHeader=identity,
                                          identityHeaders=[div])
        body = answer.json()['verificationResponse']
        self.assertEqual(body['verstatValue'], 'TN-Validation-Passed')
        self.assertEqual([r['verifyResult']['status']
                          for r in body['verifyResults']], ['pass', 'fail'])
        self.assertEqual(body['verifyResults'][1]['verifyResult']
                         ['reasonCode'], 438)

    def test_alias(self):
        answer = self.client.post('/stir/v1/rcdVerification', {
            'verificationRequest': verification_request(
                identity=self.client.identity())})
        self.assertEqual(answer.json()['verificationResponse']['verstat'],
                         'TN-Validation-Passed')

    def test_native(self):
        identity = self.client.identity(origid=ORIGID)
        answer = self.client.verify(identity)
        self.assertEqual(answer.status, 200)
        body = answer.json()
        payload = claims(identity)[1]
        want = {'verstat': 'TN-Validation-Passed', 'ppt': 'shaken',
                'attest': 'A',
                'origid': ORIGID, 'orig': payload['orig'],
                'dest': payload['dest'], 'iat': payload['iat'], 'spc': '1234',
                'x5u': self.lab.x5u('a.pem'), 'case': None, 'code': None,
                'reason': None, 'detail': None}
        self.assertEqual(body.pop('results'), [want])
        want.update(value=0, reasons=[], headers=[
            'P-Asserted-Identity: <tel:+%s;verstat=TN-Validation-Passed>' %
            ORIG])
        self.assertEqual(body, want)

    def test_native_failed(self):
        identity = self.client.identity()
        body = self.client.verify(identity, orig='12155551299').json()
        self.assertEqual((body['verstat'], body['case'], body['code'],
                          body['reason'], body['orig']),
                         ('No-TN-Validation', 'E16', 438,
                          'Invalid Identity Header', {'tn': ORIG}))
        self.assertTrue(body['detail'])

    def test_native_several(self):
        good, other = self.client.identity(), 'x' + self.client.identity()
        body = self.client.verify([other, good]).json()
        self.assertEqual(body['verstat'], 'TN-Validation-Passed')
        self.assertEqual([r['case'] for r in body['results']][1], None)
        self.assertNotEqual(body['results'][0]['case'], None)
        joined = self.client.verify(other + ', ' + good).json()
        self.assertEqual(joined, body)

    def test_native_no_identity(self):
        body = self.client.verify([]).json()
        self.assertEqual((body['verstat'], body['code'], body['results']),
                         ('No-TN-Validation', None, []))

    def test_explain(self):
        identity = self.client.identity()
        body = self.client.verify(identity, '?explain=1').json()
        checks = body['checks']
        self.assertEqual(body['results'][0]['checks'], checks)
        for c in checks:
            self.assertTrue({'check', 'result', 'detail', 'rule'} <= set(c))
        self.assertNotIn('fail', [c['result'] for c in checks])
        failed = self.client.verify(tampered(identity, origid=ORIGID),
                                    '?explain=1').json()['checks']
        self.assertEqual([c['check'] for c in failed],
                         [c['check'] for c in checks])
        at = [c['result'] for c in failed].index('fail')
        self.assertEqual(failed[at]['check'], 'signature')
        self.assertEqual({c['result'] for c in failed[at + 1:]}, {'skipped'})
        self.assertNotIn('checks', self.client.verify(identity).json())

    def test_text(self):
        identity = self.client.identity()
        for value, verstat in (identity, 'TN-Validation-Passed'), \
                (tampered(identity, origid=ORIGID), 'TN-Validation-Failed'), \
                ('x', 'No-TN-Validation'):
            answer = self.client.post('/v1/verify', {
                'identity': value, 'orig': ORIG, 'dest': DEST},
                Accept='text/plain')
            self.assertEqual((answer.status, answer.text), (200, verstat))

    def test_sip(self):
        identity = self.client.identity()
        for name in 'Identity', 'y', 'IDENTITY':
            message = INVITE.replace('CSeq',
                                     '%s: %s\r\nCSeq' % (name, identity))
            answer = self.client.post('/v1/verify', message,
                                      Content_Type='message/sip',
                                      Accept='text/plain')
            self.assertEqual(answer.text, 'TN-Validation-Passed')
        answer = self.client.post('/v1/verify', INVITE,
                                  Content_Type='message/sip')
        self.assertEqual(answer.json()['verstat'], 'No-TN-Validation')
        other = message.replace('tel:+12155551212', 'tel:+12155551299')
        answer = self.client.post('/v1/verify', other,
                                  Content_Type='message/sip')
        self.assertEqual(answer.json()['case'], 'E16')

    def test_native_errors(self):
        for name in 'identity', 'orig', 'dest':
            req = {'identity': 'x', 'orig': ORIG, 'dest': DEST}
            del req[name]
            self.check_problem(self.client.post('/v1/verify', req), 400,
                               'missing-member', name)
        for name, value in (('identity', 5), ('identity', ['x'] * 33),
                            ('orig', 'x y'), ('dest', []), ('time', 'x'),
                            ('surprise', 1)):
            req = {'identity': 'x', 'orig': ORIG, 'dest': DEST, name: value}
            self.check_problem(self.client.post('/v1/verify', req), 400,
                               'invalid-member', name)


class Prefix(ApiTest):
    """R-134"""
    CONF = {'http': [('listen', '127.0.0.1:0'), ('threads', '1'),
                     ('prefix', '/stirshaken/as')]}

    def test_prefix(self):
        body = {'signingRequest': signing_request()}
        post = self.client.post
        self.assertEqual(post('/stirshaken/as/stir/v1/signing', body).status,
                         200)
        self.check_error(post('/stir/v1/signing', body), 404, 'SVC4003')
        self.assertEqual(self.client.get('/healthz').status, 200)
        answer = self.client.get('/stirshaken/as/certificates/a.pem')
        self.assertEqual(answer.text, self.lab.read('a', 'chain.pem'))
        self.assertEqual(answer.fields['Content-Type'],
                         'application/pem-certificate-chain')
        self.assertIn('max-age=86400', answer.fields['Cache-Control'])
        for name in 'b.pem', 'a', 'a.pemx', '', '../a.pem', 'key.pem':
            answer = self.client.get('/stirshaken/as/certificates/' + name)
            self.assertEqual(answer.status, 404)


class Options(ApiTest):
    """Settings that change answers."""

    @classmethod
    def conf(cls):
        return {
            'http': [('listen', '127.0.0.1:0'), ('allow_chunked', 'yes')],
            'tenant t': [('anonymous', 'yes'), ('keys', 'a'), ('attest', 'BC'),
                         ('default_country', '1'), ('dialect', '3gpp'),
                         ('on_stale_iat', 'now'), ('freshness', '5'),
                         ('heartbeat', 'yes')],
            'verify': [('verstat', 'E16 failed'), ('verstat', 'E18 none'),
                       ('verstat_style', 'suffixed'),
                       ('require_identity', 'yes')]}

    def test_attest(self):
        self.check_problem(self.client.sign(attest='A'), 403, 'forbidden')
        self.assertEqual(self.client.sign(attest='B').status, 200)
        answer = self.client.signing(attest='A')
        self.assertEqual(answer.status, 403)
        self.assertEqual(answer.json()['error'], 'Forbidden')

    def test_country(self):
        answer = self.client.sign(orig='2155551212', attest='B')
        self.assertEqual(answer.json()['passport']['payload']['orig'],
                         {'tn': ORIG})

    def test_dialect(self):
        body = self.client.signing(attest='B').json()['signingResponse']
        self.assertEqual(sorted(body), ['identityHeader'])

    def test_stale_iat_becomes_now(self):                       # Q3
        body = self.client.signing(attest='B', iat=now() - 1000).json()
        iat = claims(body['signingResponse']['identityHeader'])[1]['iat']
        self.assertTrue(abs(iat - now()) < 5)

    def test_freshness(self):
        identity = self.client.identity(attest='B')
        for age, case in (3, None), (8, 'E3'):
            body = self.client.verify(identity, time=now() - age).json()
            self.assertEqual(body['case'], case)

    def test_verstat_table(self):
        identity = self.client.identity(attest='B')
        body = self.client.verify(identity, orig='1999').json()
        self.assertEqual((body['case'], body['verstat']),
                         ('E16', 'TN-Validation-Failed'))
        body = self.client.verify(tampered(identity, origid=ORIGID)).json()
        self.assertEqual((body['case'], body['verstat']),
                         ('E18', 'No-TN-Validation'))

    def test_suffix(self):
        body = self.client.verify(self.client.identity(attest='C')).json()
        self.assertEqual(body['verstat'], 'TN-Validation-Passed-C')

    def test_identity_required(self):
        body = self.client.verify([]).json()
        self.assertEqual((body['verstat'], body['code'], body['reason']),
                         ('No-TN-Validation', 428, 'Use Identity Header'))

    def test_heartbeat(self):
        before = {n: self.daemon.metric(n) for n in
                  ('signatures_total', 'verdicts_total', 'heartbeats_total')}
        probe = {'orig': {'tn': '9999999999'}, 'dest': {'tn': ['7777777777']}}
        answer = self.client.signing(attest='B', **probe)
        self.assertEqual(answer.status, 200, answer.text)
        answer = self.client.verification(
            None, to={'tn': ['7777777777']}, **{'from': {'tn': '9999999999'}})
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(answer.json()['verificationResponse']['reasoncode'],
                         428)
        # Without Identity, and no probe: an error as ever.
        self.check_error(self.client.verification(None), 400, 'SVC4001',
                         'identity')
        after = {n: self.daemon.metric(n) for n in before}
        before['heartbeats_total'] += 2
        self.assertEqual(after, before)
        self.assertNotIn('9999999999', self.daemon.log())

    def test_chunked(self):
        conn = self.client.conn
        body = json.dumps({'signingRequest': signing_request(attest='B')})

        def chunks(n, piece):
            for _ in range(n):
                yield piece
        conn.request('POST', '/stir/v1/signing', chunks(1, body.encode()),
                     {'Content-Type': JSON, 'Transfer-Encoding': 'chunked'},
                     encode_chunked=True)
        r = conn.getresponse()
        self.assertEqual((r.status, b'identityHeader' in r.read()),
                         (200, True))
        conn.request('POST', '/stir/v1/signing', chunks(70, b' ' * 1000),
                     {'Content-Type': JSON, 'Transfer-Encoding': 'chunked'},
                     encode_chunked=True)
        r = conn.getresponse()
        self.assertEqual((r.status, b'too large' in r.read()), (413, True))
