#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo.sh [--serve] - sign and verify calls over HTTP, from nothing: installs
# what is missing, builds, makes a throw-away PKI and starts shakend, all under
# build/demo/.  Every request is shown as a command that can be typed again.
#
#	--serve	keep the service in the foreground to do so
#
# SHAKEN_BUILD names a build directory to use instead of building.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

serve=
case ${1:-} in
'')		;;
--serve)	serve=yes ;;
*)		die "usage: demo.sh [--serve]" ;;
esac

if [ -n "${SHAKEN_BUILD:-}" ]; then
	bin=$SHAKEN_BUILD
else
	scripts/deps.sh build
	say "building, with what the compiler says in build/demo.log"
	build demo -DSHAKEN_TESTS=OFF -DSHAKEN_BENCH=OFF
	bin=build/demo
fi
mkdir -p build/demo
t=$(mktemp -d build/demo/run.XXXXXX)
pids=
stop() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null || :
	done
	wait
	rm -rf "$t"
}
trap stop EXIT
trap 'exit 0' INT TERM

# start NAME ADDRESS...: shakend with NAME.conf at the first address that is
# free, its configuration's @LISTEN@; sets url.
start() {
	name=$1
	shift
	for listen; do
		sed "s/@LISTEN@/$listen/" "$t/$name.in" >"$t/$name.conf"
		: >"$t/$name.log"
		"$bin/service/shakend" --config "$t/$name.conf" \
		    2>"$t/$name.log" &
		pid=$!
		pids="$pids $pid"
		url=
		i=0
		while [ $((i += 1)) -le 100 ] && kill -0 "$pid" 2>/dev/null; do
			url=$(sed -n '/"event":"listen"/{
			    s/.*"\(http[^"]*\)".*/\1/p
			    }' "$t/$name.log")
			[ -z "$url" ] || return 0
			sleep 0.1
		done
	done
	cat "$t/$name.log" >&2
	die "shakend does not start"
}

say "a throw-away PKI: root, intermediate, certificate for SPC 1234, CRL"
"$bin/cli/shaken" testpki "$t/pki"

# A verifier gets the signer's certificate by HTTPS, from where the token says.
# Here that is a second shakend, with a TLS certificate from a CA of its own.
say "a certificate host, and the service"
addresses=
names=
for i in 1 2 3 4 5 6 7 8 9; do
	addresses="$addresses 127.0.0.$i:8443"
	names="$names${names:+,}IP:127.0.0.$i"
done
new_cert() {
	name=$1
	shift
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 1 -keyout "$t/$name.key" -out "$t/$name.pem" "$@" \
	    2>"$t/openssl.log" || { cat "$t/openssl.log" >&2; exit 1; }
}
new_cert ca -subj "/CN=demo CA"
new_cert tls -subj "/CN=demo" -CA "$t/ca.pem" -CAkey "$t/ca.key" \
    -addext basicConstraints=critical,CA:FALSE -addext subjectAltName="$names"
key="[key demo]
private_key = $t/pki/key.pem
certificate = $t/pki/chain.pem"
cat >"$t/host.in" <<EOF
[http]
listen = @LISTEN@
threads = 1
tls_certificate = $t/tls.pem
tls_key = $t/tls.key
$key
x5u = https://@LISTEN@/certificates/demo.pem
check_x5u = no
EOF
# shellcheck disable=SC2086 # addresses are words
start host $addresses
x5u=$url/certificates/demo.pem
cat >"$t/shakend.in" <<EOF
[http]
listen = @LISTEN@
$key
x5u = $x5u
[tenant demo]
anonymous = yes
keys = demo
default_country = 1
[trust]
anchors = $t/pki/root.pem
crls = $t/pki/crl.pem
[verify]
deadline_ms = 5000
[fetch]
tls_ca = $t/ca.pem
allow_private = yes
EOF
start shakend 127.0.0.1:8080 127.0.0.1:0
echo "service          $url"
echo "certificate host $x5u"

# ask COMMAND: show it, run it, and keep the answer.
ask() {
	printf '$ %s\n' "$1"
	sh -c "$1" >"$t/answer" || die "no answer"
	cat "$t/answer"
	echo
}

# expect TEXT: the answer has it.
expect() {
	grep -qF -- "$1" "$t/answer" || die "expected: $1"
}

sip="-H 'Content-Type: message/sip' --data-binary"
text="-H 'Accept: text/plain'"

# call NAME ATTEST: sign tests/vectors/sip/NAME.sip as a proxy does, put the
# Identity into it, and verify that.
call() {
	from=tests/vectors/sip/$1.sip
	to=$t/$1.sip
	say "$1, attestation $2"
	grep -aE '^(From|To|P-Asserted-Identity):' "$from"
	ask "curl -sS $text $sip @$from '$url/v1/sign?attest=$2'"
	expect ';alg=ES256;ppt=shaken'
	sed "1a\\
Identity: $(cat "$t/answer")$(printf '\r')" "$from" >"$to"
	ask "curl -sS $text $sip @$to $url/v1/verify"
	expect TN-Validation-Passed
}
call attest-a-subscriber A
call pai-differs-from-from B
call attest-c-gateway-tel-uris C
call national-number-without-plus A

good=$t/attest-a-subscriber.sip
say "the same in full, as JSON"
ask "curl -sS $sip @$good $url/v1/verify"
expect '"verstat":"TN-Validation-Passed"'

bad=$t/tampered-caller.sip
say "tampered with: the call now claims to be from +12155550113"
sed 's/+12155550112/+12155550113/' "$good" >"$bad"
ask "curl -sS $sip @$bad $url/v1/verify"
expect '"verstat":"No-TN-Validation"'
expect '"code":438'

bad=$t/tampered-signature.sip
say "tampered with: another signature"
sed '/^Identity:/s/\.\([^.]\{9\}\)\([^.]\{9\}\)\([^.;]*;info\)/.\2\1\3/' \
    "$good" >"$bad"
ask "curl -sS $sip @$bad $url/v1/verify"
expect '"verstat":"TN-Validation-Failed"'
expect '"case":"E18"'

if [ -n "$serve" ]; then
	say "serving until interrupted: open $url/metrics, or type any of the" \
	    "above; /v1/verify?explain=1 lists every check"
	wait "$pid" || :
	cat "$t/shakend.log" >&2
	die "shakend has ended"
fi
say "all as it should be; scripts/demo.sh --serve stays, to type these again"
