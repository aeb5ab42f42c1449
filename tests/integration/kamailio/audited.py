# SPDX-License-Identifier: Apache-2.0
"""The calls that a proxy was sent, captured on their way, through shaken audit:
it has to say of each what shakend said when the proxy asked (R-158)."""
import glob
import json
import os
import re
import subprocess

RECORD = ('verstat', 'case', 'code', 'check', 'attest', 'origid', 'iat', 'spc',
          'x5u')


def token(identity):
    return identity.split(';')[0].strip()


def audit(shaken, lab, pcap):
    """The records, each with the Identity fields of its evidence, and what
    stands below them."""
    evidence = lab.path('evidence')
    roots = [a for name in ('a', 'b') for a in (
        '--trust', lab.path(name, 'root.pem'), '--crl',
        lab.path(name, 'crl.pem'))]
    run = subprocess.run(
        [shaken, 'audit', *roots, '--fetch', '--tls-ca', lab.path('ca.crt'),
         '--allow-private', '--json', '--evidence', evidence,
         '--evidence-all', pcap], stdout=subprocess.PIPE, check=False,
        stderr=subprocess.PIPE, encoding='utf-8')
    if run.returncode != 1 or run.stderr:   # some did not pass
        raise AssertionError('%d: %s' % (run.returncode, run.stderr))
    *records, last = map(json.loads, run.stdout.splitlines())
    for path in glob.glob(os.path.join(evidence, 'call-*.json')):
        with open(path, encoding='ascii') as f:
            kept = json.load(f)
        n = int(re.match(r'call-(\d+)', os.path.basename(path)).group(1))
        records[n - 1].update(identity=kept['call']['identity'],
                              evidence=path)
    return records, last['summary']


def logged(daemon):
    """What shakend said, by the token that decided, and for calls without one
    by the numbers."""
    said, unsigned = {}, {}
    for e in daemon.events('verify'):
        if 'identity' in e:
            said[token(e['identity'])] = e
        else:
            unsigned[e['orig'], e['dest']] = e
    return said, unsigned


def compare(test, records, daemon, failed):
    """Field by field, call by call.  failed: the cases for which shakend was
    configured to say TN-Validation-Failed."""
    said, unsigned = logged(daemon)
    for r in records:
        found = [said.pop(t) for t in map(token, r['identity']) if t in said]
        if r['result'] == 'unsigned':
            event = unsigned.pop((r['orig'], r['dest'][0]), None)
            if event is None:   # the proxy did not ask
                continue
        else:
            test.assertEqual(len(found), 1, r)
            event = found[0]
        want = {f: r[f] for f in RECORD}
        if r['case'] in failed:
            want['verstat'] = 'TN-Validation-Failed'
        test.assertEqual(want,
                         {f: event.get(f) for f in RECORD}, r)
        test.assertEqual((r['orig'], r['dest'][0]),
                         (event['orig'], event['dest']))
    test.assertEqual((said, unsigned), ({}, {}), 'not in the capture')


def judge_again(test, shaken, records):
    """One call of each case, by its evidence alone."""
    for case in {r['case'] for r in records}:
        path = next(r['evidence'] for r in records if r['case'] == case)
        run = subprocess.run([shaken, 'evidence', 'verify', path],
                             stdout=subprocess.PIPE, check=False,
                             encoding='ascii')
        test.assertEqual((run.returncode, run.stdout.split()[0]), (0, 'same'),
                         path)
