# SPDX-License-Identifier: Apache-2.0
"""What api/openapi.yaml says is what the built daemon does (R-144): every
example of the document is sent to it.

The example NAME of a response is the answer to the example NAME of the request.
Each is held against its schema, and so is what the daemon answers, which must
also be what the example says.  A request that is answered 400 must not fit its
schema.

The examples are of the second that the document's own x-test names, and their
tokens are signed with a key that is gone.  Before they are sent, times (iat,
time, Date, those in tokens) are moved by the time since, certificate URLs are
led to the test's certificate host, and tokens are signed anew; in answers the
same is undone, and signatures are not compared.

x-test beside an example says what else the test needs to know:

  request          name of the request's example, where it is another one
  body             text to send instead
  pad              blanks to append, up to so many bytes
  chunked          send it without Content-Length
  method, path     to use instead of the operation's
  parameters       values by name
  fields           of the request's header; null: not this one
  daemon           which configuration to ask, of daemons()
  keep_signatures  do not sign tokens anew, so that they are wrong
  schema: silent   answered 400 for what a schema cannot say
  new_origid       the daemon makes the origid: it is not compared
  compare          excerpt: all that is in it is in the answer, in this order;
                   series: all names; schema: the answer need only fit
"""
import copy
import email.utils
import json
import pathlib
import re
import time
import unittest

import jsonschema
import yaml

import service_lab
from service_lab import Client, Lab, ORIGID, JSON, b64, claims, unb64
from service_ops import jwt, sha256

FILE = pathlib.Path(__file__).parents[2] / 'api' / 'openapi.yaml'
HINTS = {'request', 'body', 'pad', 'chunked', 'method', 'path', 'parameters',
         'fields', 'daemon', 'keep_signatures', 'schema', 'new_origid',
         'compare'}
METHODS = 'get', 'put', 'post', 'delete', 'head', 'patch', 'options', 'trace'
TOKEN = re.compile(r'(eyJ[\w-]+)\.(eyJ[\w-]+)\.([\w-]{86})')
PPI = re.compile(r'(?<=;ppi="\.\.)[\w-]{86}')     # a signature
DATE = re.compile(r'(?<=Date: )\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT')


def daemons(lab):
    """Configurations by name."""
    def key(name, leaf, private):
        return [('certificate', lab.path(name, leaf)),
                ('private_key', lab.path(name, private)),
                ('x5u', lab.x5u(SPC[name] + '/chain.pem'))]
    tenants = {
        'tenant sbc1': [('token_sha256', sha256('token-of-sbc1')),
                        ('keys', 'provider1234'), ('attest', 'AB'),
                        ('default_country', '1')],
        'tenant sbc2': [('token_sha256', sha256('token-of-sbc2')),
                        ('keys', 'provider5678')]}
    main = {'key provider1234': key('a', 'chain.pem', 'key.pem'),
            'key provider5678': key('b', 'chain.pem', 'key.pem'), **tenants}
    return {'main': main,
            'expired': {
                'key provider1234': key('a', 'expired.pem', 'expired-key.pem'),
                'tenant sbc1': tenants['tenant sbc1']},
            'empty': {'trust': [], 'tenant t': [('anonymous', 'yes')]}}


SPC = {'a': '1234', 'b': '5678'}


class Daemon(service_lab.Daemon):
    def write(self):
        self.conf.pop('key a', None)    # keys have names of their own here
        super().write()


class Document:
    def __init__(self, path):
        self.root = yaml.safe_load(path.read_text(encoding='utf-8'))

    def get(self, node):
        """What a node is, or refers to."""
        if '$ref' not in node:
            return node
        top, *names = node['$ref'].split('/')
        assert top == '#', node
        found = self.root
        for name in names:
            found = found[name]
        return found

    def errors(self, schema, value):
        validator = jsonschema.Draft202012Validator(
            {**schema, 'components': self.root['components']})
        return [e.json_path + ': ' + e.message
                for e in validator.iter_errors(value)]

    def operations(self):
        for path, item in self.root['paths'].items():
            for method in METHODS:
                if method in item:
                    yield Operation(self, path, method, item)

    def nodes(self, node=None, key=None):
        """Every object, with the key it is the value of."""
        node = self.root if node is None else node
        if isinstance(node, dict):
            yield key, node
            for k, v in node.items():
                if k not in ('value', 'example', 'x-test'):
                    yield from self.nodes(v, k)
        elif isinstance(node, list):
            for v in node:
                yield from self.nodes(v, key)


class Operation:
    def __init__(self, doc, path, method, item):
        self.doc, self.path, self.method = doc, path, method
        self.node = item[method]
        self.parameters = {}
        for p in item.get('parameters', []) + self.node.get('parameters', []):
            p = doc.get(p)
            self.parameters[p['name']] = p
        self.requests = {}      # name: (media type, schema, example)
        body = doc.get(self.node.get('requestBody', {}))
        for media, content in body.get('content', {}).items():
            for name, example in content['examples'].items():
                assert name not in self.requests, name
                self.requests[name] = media, content['schema'], \
                    doc.get(example)

    def cases(self):
        for status, response in self.node['responses'].items():
            response = self.doc.get(response)
            for media, content in response['content'].items():
                for name, example in content.get('examples', {}).items():
                    yield Case(self, status, response, media,
                               content['schema'], name, self.doc.get(example))


class Case:
    """An example of an answer, and how to get it."""

    def __init__(self, operation, status, response, media, schema, name,
                 example):
        self.operation, self.status, self.response = operation, status, response
        self.media, self.schema, self.name = media, schema, name
        self.value = example['value']
        self.hints = example.get('x-test', {})
        self.request = operation.requests.get(self.hints.get('request', name))
        if self.request is not None:
            self.hints = {**self.request[2].get('x-test', {}), **self.hints}

    def __str__(self):
        return '%s %s %s' % (self.operation.node['operationId'], self.status,
                             self.name)

    def url(self):
        path = self.hints.get('path', self.operation.path)
        query = []
        for name, p in self.operation.parameters.items():
            value = self.hints.get('parameters', {}).get(name, p.get('example'))
            if p['in'] == 'path':
                path = path.replace('{%s}' % name, value)
            elif p['in'] == 'query' and value is not None:
                query.append('%s=%s' % (name, value))
        return path + ('?' + '&'.join(query) if query else '')

    def fields(self):
        fields = {'Authorization': 'Bearer token-of-sbc1'}
        if self.hints.get('method', self.operation.method).upper() == 'POST':
            fields['Content-Type'] = self.request[0] if self.request else JSON
        if self.status == '200':
            fields['Accept'] = self.media
        for name, p in self.operation.parameters.items():
            if p['in'] == 'header':
                fields[name] = p['example']
        fields.update(self.hints.get('fields', {}))
        return fields

    def body(self, present):
        """Bytes, an iterator of them, or None."""
        if 'body' in self.hints:
            return self.hints['body'].encode()
        if self.request is None or 'method' in self.hints:
            return None
        value = present.brought(self.request[2]['value'],
                                self.hints.get('keep_signatures', False))
        if self.request[0] == JSON:
            value = json.dumps(value)
        body = value.encode().ljust(self.hints.get('pad', 0))
        return iter([body]) if 'chunked' in self.hints else body


class Present:
    """To now from the document's second, and back."""

    def __init__(self, hints, lab, now):
        self.there, self.here = hints['certificates'], lab.x5u('')
        self.shift = now - hints['now']
        self.key = lab.path('a', 'key.pem')

    def brought(self, value, keep_signatures):
        def token(match):
            head, payload = (self.walk(part, self.shift, str.replace,
                                       self.there, self.here)
                             for part in claims(match[0]))
            signed = jwt(self.key, payload, head)
            if keep_signatures:
                signed = signed[:-86] + match[3]
            return signed

        def text(s, old, new):
            s = TOKEN.sub(token, s).replace(old, new)
            return DATE.sub(lambda m: email.utils.formatdate(
                email.utils.parsedate_to_datetime(m[0]).timestamp() +
                self.shift, usegmt=True), s)
        return self.walk(value, self.shift, text, self.there, self.here)

    def returned(self, value, new_origid=False):
        """new_origid: show the document's."""
        def token(match):
            parts = []
            for part in match[1], match[2]:
                part = self.walk(json.loads(unb64(part)), -self.shift,
                                 text, self.here, self.there)
                if new_origid and 'origid' in part:
                    part['origid'] = ORIGID
                parts.append(b64(json.dumps(
                    part, separators=(',', ':'), sort_keys=True).encode()))
            return '.'.join(parts)

        def text(s, old, new):
            return TOKEN.sub(token, s).replace(old, new)
        value = self.walk(value, -self.shift, text, self.here, self.there)
        if new_origid and isinstance(value, dict):
            value['passport']['payload']['origid'] = ORIGID
        return value

    def walk(self, value, shift, text, old, new, name=None):
        if isinstance(value, str):
            return text(value, old, new)
        if isinstance(value, list):
            return [self.walk(v, shift, text, old, new) for v in value]
        if isinstance(value, dict):
            return {k: self.walk(v, shift, text, old, new, k)
                    for k, v in value.items()}
        if name in ('iat', 'time') and isinstance(value, int):
            return value + shift
        return value


def unsigned(value):
    """A side of a comparison: tokens without signature, and those in the opt
    of others."""
    def token(match):
        payload = json.loads(unb64(match[2]))
        if 'opt' not in payload:
            return match[1] + '.' + match[2]
        return match[1] + '.' + b64(json.dumps(
            unsigned(payload), separators=(',', ':'),
            sort_keys=True).encode())
    if isinstance(value, str):
        return PPI.sub('', TOKEN.sub(token, value))
    if isinstance(value, list):
        return [unsigned(v) for v in value]
    if isinstance(value, dict):
        return {k: unsigned(v) for k, v in value.items()}
    return value


def is_excerpt(part, whole):
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            k in whole and is_excerpt(part[k], whole[k]) for k in part)
    if isinstance(part, list):
        rest = iter(whole)
        return all(any(is_excerpt(p, w) for w in rest) for p in part)
    return part == whole


ABSENT = 'absent'


def changes(value, wrong, path=()):
    """Places in it and what could stand there, or that nothing does."""
    if path:
        for w in (ABSENT,) + wrong:
            yield path, w
    if isinstance(value, dict):
        for k, v in value.items():
            yield from changes(v, wrong, path + (k,))
        yield path + ('surprise',), 1


def put(value, path, new):
    for k in path[:-1]:
        value = value[k]
    if new is ABSENT:
        del value[path[-1]]
    else:
        value[path[-1]] = new


def series(text):
    """Names, with labels, and types: without values."""
    return {line if line.startswith('#') else line.rsplit(' ', 1)[0]
            for line in text.splitlines()}


DOC = Document(FILE)


class Form(unittest.TestCase):
    """The document itself."""

    def test_schemas(self):
        for key, node in DOC.nodes():
            if key == 'schema':
                jsonschema.Draft202012Validator.check_schema(node)
        for schema in DOC.root['components']['schemas'].values():
            jsonschema.Draft202012Validator.check_schema(schema)

    def test_references(self):
        """Lead to something; and nothing shared is there for nobody."""
        used = {node['$ref'] for _, node in DOC.nodes() if '$ref' in node}
        made = {'#/components/%s/%s' % (kind, name)
                for kind, names in DOC.root['components'].items()
                for name in names if kind != 'securitySchemes'}
        self.assertEqual(used, made)

    def test_operations(self):
        ids = set()
        for op in DOC.operations():
            self.assertNotIn(op.node['operationId'], ids)
            ids.add(op.node['operationId'])
            self.assertIn(op.node['tags'][0],
                          [t['name'] for t in DOC.root['tags']])
            in_path = {n for n, p in op.parameters.items() if p['in'] == 'path'}
            self.assertEqual(set(re.findall(r'{(\w+)}', op.path)), in_path)
            for scheme in op.node.get('security', DOC.root['security']):
                for name in scheme:
                    self.assertIn(name,
                                  DOC.root['components']['securitySchemes'])

    def test_cases(self):
        """A good one and a bad one for each operation; all are used."""
        for op in DOC.operations():
            cases = list(op.cases())
            statuses = {int(c.status) for c in cases}
            self.assertTrue(200 in statuses and max(statuses) >= 400, op.path)
            asked = {c.hints.get('request', c.name) for c in cases}
            self.assertEqual(set(op.requests) - asked, set(), op.path)
            for c in cases:
                self.assertLessEqual(set(c.hints), HINTS, str(c))
                self.assertTrue(c.request is not None or 'body' in c.hints or
                                op.method == 'get' or 'method' in c.hints,
                                '%s: nothing to ask' % c)


class Examples(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(service_lab.SHAKEN)
        cls.lab.host.pages = {SPC[n] + '/chain.pem':
                              cls.lab.read(n, 'chain.pem') for n in SPC}
        cls.daemons = {}

    @classmethod
    def tearDownClass(cls):
        status = [d.stop() for d in cls.daemons.values()]
        cls.lab.close()
        assert not any(status), status

    def client(self, name):
        if name not in self.daemons:
            self.daemons[name] = Daemon(self.lab, daemons(self.lab)[name])
        return Client(self.daemons[name])

    def test_all(self):
        done = 0
        for op in DOC.operations():
            for case in op.cases():
                with self.subTest(str(case)):
                    self.check_request(case)
                    self.check_example(case)
                    self.check_answer(case)
                done += 1
        print('%d examples' % done)

    def test_schemas_of_requests(self):
        """The daemon accepts what fits the schema, and nothing else."""
        wrong = (None, True, 0, -1, 1.5, 10 ** 12, '', 'x', [], {}, [5],
                 {'tn': 5})
        done = 0
        for op in DOC.operations():
            for name, (_, schema, example) in op.requests.items():
                if name not in ('call', 'threegpp', 'shaken') or name not in {
                        c.name for c in op.cases() if c.status == '200'}:
                    continue
                for path, value in changes(example['value'], wrong):
                    with self.subTest(op.path, change=path, to=value):
                        self.check_change(op, schema, example, path, value)
                    done += 1
        print('%d changes' % done)

    def check_change(self, op, schema, example, path, value):
        present = Present(DOC.root['x-test'], self.lab, int(time.time()))
        body = present.brought(example['value'], False)
        put(body, path, value)
        client = self.client('main')
        answer = client.send('POST', op.path, json.dumps(body), **{
            'Authorization': 'Bearer token-of-sbc1', 'Content-Type': JSON})
        client.conn.close()
        fits = DOC.errors(schema, body) == []
        self.assertIn(answer.status, (200, 403) if fits else (400,),
                      answer.text)

    def check_request(self, case):
        for name, value in case.hints.get('parameters', {}).items():
            schema = case.operation.parameters[name]['schema']
            self.assertEqual(DOC.errors(schema, value), [])
        if case.request is None or 'body' in case.hints:
            return
        _, schema, example = case.request
        errors = DOC.errors(schema, example['value'])
        if case.status != '400' or case.hints.get('schema') == 'silent':
            self.assertEqual(errors, [])
        else:
            self.assertNotEqual(errors, [], 'the schema permits it')

    def check_example(self, case):
        self.assertEqual(DOC.errors(case.schema, case.value), [])
        for p in case.operation.parameters.values():
            if 'example' in p:
                self.assertEqual(DOC.errors(p['schema'], p['example']), [])

    def check_answer(self, case):
        while True:
            now = int(time.time())
            present = Present(DOC.root['x-test'], self.lab, now)
            answer = self.ask(case, present)
            got = answer.json() if 'json' in case.media else answer.text
            self.check_fit(case, answer, got)
            how = case.hints.get('compare')
            if how == 'schema':
                return
            if how == 'series':
                self.assertLessEqual(series(case.value), series(got))
                return
            got = unsigned(present.returned(
                copy.deepcopy(got), case.hints.get('new_origid', False)))
            want = unsigned(case.value)
            if how == 'excerpt' and is_excerpt(want, got) or got == want:
                return
            if int(time.time()) == now:
                self.assertEqual(got, want)
            # else the second ended meanwhile: ask again

    def ask(self, case, present):
        client = self.client(case.hints.get('daemon', 'main'))
        method = case.hints.get('method', case.operation.method).upper()
        try:
            return client.send(method, case.url(), case.body(present),
                               **case.fields())
        finally:
            client.conn.close()

    def check_fit(self, case, answer, got):
        self.assertEqual(answer.status, int(case.status), answer.text)
        self.assertEqual(answer.fields.get_content_type(), case.media)
        self.assertEqual(DOC.errors(case.schema, got), [])
        for name, p in case.operation.parameters.items():
            if name == 'X-RequestID':
                self.assertEqual(answer.fields[name], p['example'])
        for name, header in case.response.get('headers', {}).items():
            header = DOC.get(header)
            self.assertIn(name, answer.fields)
            self.assertEqual(DOC.errors(header['schema'], answer.fields[name]),
                             [])

