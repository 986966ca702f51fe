"""Lints a folder of the natural-person PKI: every certificate, every pair of issuer and subject, every revocation list.

Whatever pkilint finds from NOTICE on is an error. Last, a certificate that is wrong on purpose: a linter that finds nothing
there would find nothing anywhere.
"""

import contextlib
import io
import pathlib
import sys

from pkilint.bin import lint_crl, lint_pkix_cert, lint_pkix_signer_signee_cert_chain as lint_chain


def findings(lint, *arguments):
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = lint.main(["lint", "-s", "NOTICE", *map(str, arguments)])
    return said.getvalue().strip() if code else ""


def key_identifier(certificate, extension):
    """The 20 bytes of a key identifier, found by the object identifier of the extension and its form here."""
    head = bytes.fromhex(extension)
    return certificate.read_bytes().split(head)[1][:20]


AUTHORITY, SUBJECT = "0603551d230418301680 14", "0603551d0e04160414"

folder = pathlib.Path(sys.argv[1])
authorities = sorted(folder.glob("*.crt"))
certificates = authorities + sorted(folder.glob("certificates/*.crt"))
lists = sorted(folder.glob("lists/*.crl"))
issuers = {key_identifier(path, SUBJECT): path for path in authorities}
wrong = []
for path in certificates:
    issuer = issuers[key_identifier(path, AUTHORITY)]
    for found in [findings(lint_pkix_cert, path), findings(lint_chain, issuer, path)]:
        if found:
            wrong.append(f"{path.relative_to(folder)}: {found}")
for path in lists:
    kind = "ARL" if path.name.startswith("root") else "CRL"
    if found := findings(lint_crl, "-t", kind, "-p", "PKIX", path):
        wrong.append(f"{path.relative_to(folder)}: {found}")

# A country is a PrintableString.
twin = folder / "wrong.der"
twin.write_bytes(certificates[-1].read_bytes().replace(b"\x13\x02TW", b"\x0c\x02TW", 1))
if "X520countryName" not in findings(lint_pkix_cert, twin):
    wrong.append("the linter found nothing wrong with a country as UTF8String")
if len(authorities) < 4 or len(certificates) < 20 or len(lists) < 9:
    wrong.append("too few certificates or lists")
print("\n".join(wrong) or f"pkilint: {len(certificates)} certificates and {len(lists)} revocation lists, nothing found")
sys.exit(bool(wrong))
