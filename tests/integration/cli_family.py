# SPDX-License-Identifier: Apache-2.0
"""The command line: the PASSporT types beside shaken, and diverted calls."""
import json

from cli_base import DEST, NOW, ORIG, Case, unb64

NEXT, LAST = '12155550114', '12155550115'


def payload(value):
    return json.loads(unb64(value.split(';')[0].split('.')[1]))


class Types(Case):
    def sign_type(self, ppt, *more, **replace):
        value = self.sign('--ppt', ppt, *more, attest=None, **replace)
        self.assertTrue(value.endswith(';alg=ES256;ppt=' + ppt), value)
        return value

    def test_claims(self):
        inner = self.sign(dest=NEXT)
        digest = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'
        table = [
            #
            ('div', ['--div', '+1 (215) 555-0112', '--hi', '1.2'],
             {'div': {'hi': '1.2', 'tn': '12155550112'}}),
            ('div', ['--div', 'sip:Bob@H.example'],
             {'div': {'uri': 'sip:bob@h.example'}}),
            ('div-o', ['--div', NEXT, '--opt', inner],
             {'div': {'tn': NEXT}, 'opt': inner.split(';')[0]}),
            #
            ('rph', ['--rph', 'ets.0', '--rph', 'wps.0'],
             {'rph': {'auth': ['ets.0', 'wps.0']}}),
            ('rph', ['--rph', 'esnet.1', '--sph'],
             {'rph': {'auth': ['esnet.1']}, 'sph': 'psap-callback'}),
            ('rcd', ['--nam', 'Zoë', '--crn', 'lunch'],
             {'crn': 'lunch', 'rcd': {'nam': 'Zoë'}}),
            ('rcd', ['--rcd', '{"icn":"https://h/i.png"}', '--nam', ''],
             {'rcd': {'icn': 'https://h/i.png', 'nam': ''}}),
            ('msg', ['--msgi', digest], {'msgi': digest}),
            ('msg', [], {}),
            ('rcd', ['--claims', '{"rcd":{"nam":"x"}}', '--crn', 'y'],
             {'crn': 'y', 'rcd': {'nam': 'x'}}),
        ]
        for ppt, more, want in table:
            with self.subTest(ppt=ppt, more=more):
                got = payload(self.sign_type(ppt, *more))
                base = {'dest': {'tn': [DEST]}, 'iat': NOW,
                        'orig': {'tn': ORIG}}
                self.assertEqual(got, {**base, **want})
                self.assertEqual(list(got), sorted(got))

    def test_in_shaken(self):
        got = payload(self.sign('--nam', 'Bob', '--crn', 'x'))
        self.assertEqual((got['rcd'], got['crn'], got['attest']),
                         ({'nam': 'Bob'}, 'x', 'A'))

    def test_refused(self):
        table = [
            ('div', [], 'div is missing'),
            # nothing was diverted
            ('div', ['--div', '+' + DEST], 'nothing was diverted'),
            ('div', ['--div', 'bob'], '--div'),
            ('div', ['--hi', '1'], '--hi'),
            ('div', ['--div', NEXT, '--hi', 'x'], 'index'),
            ('div', ['--div', NEXT, '--attest', 'A'], 'attest'),
            ('div', ['--div', NEXT, '--origid', 'x'], 'attest and origid'),
            ('div', ['--div', NEXT, '--claims', '{"div":{"tn":"1"}}'],
             'given twice'),
            #
            ('div', ['--div', NEXT, '--opt', 'aa.bb.cc'], 'opt'),
            ('div-o', ['--div', NEXT], 'opt: missing'),
            ('div-o', ['--div', NEXT, '--opt', '..cc'], 'compact'),
            ('div-o', ['--div', NEXT, '--opt', self.sign()], 'another call'),
            ('rph', [], 'rph is missing'),
            ('rph', ['--rph', 'ets'], 'namespace.priority'),
            #
            ('rph', ['--rph', 'ets.0', '--sph'], 'esnet'),
            ('rcd', [], 'both missing'),
            #
            ('rcd', ['--rcd', '{"apn":"1"}'], 'nam'),
            ('rcd', ['--rcd', '{"nam":"x"}', '--nam', 'y'], 'given twice'),
            ('rcd', ['--rcd', '[]'], '--rcd'),
            ('rcd', ['--nam', b'\xff'], '--nam'),
            ('rcd', ['--crn', 'x', '--rph', 'ets.0'], 'rph belongs to'),
            #
            ('rcd', ['--crn', 'x', '--msgi', 'x'], 'msgi belongs to'),
            ('msg', ['--msgi', 'x'], 'msgi'),
            ('frob', [], 'not supported'),
        ]
        for ppt, more, says in table:
            with self.subTest(ppt=ppt, more=more):
                self.run_cannot(self.sign_args('--ppt', ppt, *more,
                                               attest=None), says)

    def test_each_has_its_result(self):
        values = [self.sign(), self.sign_type('rph', '--rph', 'ets.0'),
                  self.sign_type('rcd', '--nam', 'Bob'),
                  self.sign_type('msg')]
        got = self.verify('-', data='\n'.join(values))
        self.assertEqual(got['ppt'], 'shaken')
        self.assertEqual([(r['ppt'], r['code']) for r in got['results']],
                         [('shaken', None), ('rph', None), ('rcd', None),
                          ('msg', None)])

    def test_none_of_them_vouches_for_the_caller(self):
        for ppt, more in (('rph', ['--rph', 'ets.0']), ('rcd', ['--crn', 'x']),
                          ('msg', [])):
            with self.subTest(ppt):
                got = self.verify(self.sign_type(ppt, *more), want=1)
                self.assertEqual((got['verstat'], got['code']),
                                 ('No-TN-Validation', None))
                self.assertIn('speaks for its calling number', got['detail'])
                got = self.verify(self.sign_type(ppt, *more),
                                  '--require-identity', want=1)
                self.assertEqual(got['code'], 428)


class Diverted(Case):
    def div(self, before, after, **replace):
        return self.sign('--ppt', 'div', '--div', before, attest=None,
                         dest=after, **replace)

    def call(self):
        return [self.sign(), self.div(DEST, NEXT), self.div(NEXT, LAST)]

    def judge(self, values, *more, want=0, **replace):
        return self.verify('-', *more, want=want, data='\n'.join(values),
                           **replace)

    def test_twice(self):
        #
        got = self.judge(self.call(), '--target', '+' + LAST)
        self.assertEqual(got['verstat'], 'TN-Validation-Passed')
        self.assertEqual((got['ppt'], got['attest']), ('shaken', 'A'))
        self.assertEqual([r['div'] for r in got['results']],
                         [None, {'tn': DEST}, {'tn': NEXT}])
        self.judge(reversed(self.call()), '--target', LAST)
        self.judge(self.call())

    def test_broken(self):
        # each link, signature, orig and dest
        a, b, c = self.call()
        dot = b.index('.') + 9
        bad = b[:dot] + ('A' if b[dot] != 'A' else 'B') + b[dot + 1:]
        table = [
            ('a link is missing', [a, c], LAST, 2),
            ('the last one is missing', [a, b], LAST, None),
            ('all are missing', [a], LAST, None),
            ('a bit of the link', [a, bad, c], LAST, 2),
            ('another orig', [a, self.div(DEST, NEXT, orig='12155550199'), c],
             LAST, 2),
            ('another dest', [a, self.div(DEST, '12155550198'), c], LAST, 3),
            ('another target', [a, b, c], '12155550198', None),
            ('no target, a link is missing', [a, c], None, 2),
        ]
        for name, values, target, by in table:
            with self.subTest(name):
                got = self.judge(values, '--explain', target=target, want=1)
                self.assertEqual(got['code'], 438)
                self.assertNotEqual(got['verstat'], 'TN-Validation-Passed')
                self.assertIsNone(got['results'][0]['code'])
                if by is None:
                    self.assertIn('in no good value\'s dest', got['detail'])
                else:
                    self.assertEqual(got['detail'],
                                     got['results'][by - 1]['detail'])

    def test_nested(self):
        inner = self.sign()
        outer = self.sign('--ppt', 'div-o', '--div', DEST, '--opt', inner,
                          attest=None, dest=NEXT)
        got = self.judge([outer], '--target', NEXT)
        self.assertEqual([r['ppt'] for r in got['results']],
                         ['div-o', 'shaken'])
        got = self.judge([outer], '--target', LAST, want=1)
        self.assertEqual(got['code'], 438)

    def test_for_people(self):
        out = self.run_ok(self.verify_args('-', '--target', NEXT), 0,
                          '\n'.join(self.call()[:2]))
        self.assertTrue(out.startswith('TN-Validation-Passed\n'))
        self.assertIn('\nvalue 2 of 2, div: TN-Validation-Passed\n', out)

    def test_freshness(self):
        call = self.call()[1:] + [self.sign(iat=str(NOW - 600))]
        got = self.judge(call, want=1)
        self.assertEqual(got['case'], 'E15')
        self.judge(call, '--diverted-freshness', '10800')
        got = self.judge(call[-1:], '--diverted-freshness', '10800', want=1)
        self.assertEqual(got['case'], 'E15')

    def test_sixty_values(self):
        call = self.call()
        got = self.judge(call + [call[1]] * 57, '--target', LAST)
        self.assertEqual(len(got['results']), 32)
        self.run_cannot(self.verify_args('x', '--target', 'y'), '--target')
