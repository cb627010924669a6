// The other side of JWS and JWK, and one of X-Wing: does the jobs of a file with `jose` and
// `@noble/post-quantum`, and writes its answers to another.

import { readFileSync, writeFileSync } from "node:fs";
// X-Wing by its other name.
import { ml_kem768_x25519 as xWing } from "@noble/post-quantum/hybrid.js";
import { FlattenedSign, exportJWK, exportPKCS8, exportSPKI, flattenedVerify, generateKeyPair, importJWK, importPKCS8, importSPKI } from "jose";

const [jobs, answers] = process.argv.slice(2);
const exportable = { extractable: true };

// A key as text: PEM, or the JSON of a JWK.
const privateKey = (text, alg) => (text.startsWith("{") ? importJWK(JSON.parse(text), alg) : importPKCS8(text, alg, exportable));
const publicKey = (text, alg) => (text.startsWith("{") ? importJWK(JSON.parse(text), alg) : importSPKI(text, alg, exportable));

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));

const work = {
  async make({ alg, as }) {
    const options = { ...exportable, modulusLength: 2048 };
    const pair = await generateKeyPair(alg, options);
    return as === "jwk"
      ? [JSON.stringify({ ...(await exportJWK(pair.privateKey)), alg }), JSON.stringify({ ...(await exportJWK(pair.publicKey)), alg })]
      : [await exportPKCS8(pair.privateKey), await exportSPKI(pair.publicKey)];
  },
  async sign({ alg, key, header, payload }) {
    const signer = new FlattenedSign(Buffer.from(payload, "base64")).setProtectedHeader({ alg, ...header });
    const signed = await signer.sign(await privateKey(key, alg));
    return `${signed.protected}..${signed.signature}`;
  },
  // The header, or null for a signature that does not hold.
  async verify({ alg, key, jws, payload }) {
    const [header, none, signature] = jws.split(".");
    if (none !== "") throw new Error("not detached");
    const b64 = JSON.parse(Buffer.from(header, "base64url")).b64 !== false;
    const bytes = Buffer.from(payload, "base64");
    const parts = { protected: header, payload: b64 ? bytes.toString("base64url") : bytes, signature };
    try {
      return (await flattenedVerify(parts, await publicKey(key, alg), { algorithms: [alg] })).protectedHeader;
    } catch (error) {
      if (error.code === "ERR_JWS_SIGNATURE_VERIFICATION_FAILED") return null;
      return { refused: String(error) };
    }
  },
  // A JWK as it comes back from an import and an export.
  async again({ jwk }) {
    return exportJWK(await importJWK(JSON.parse(jwk), undefined, exportable));
  },
  xWingMake() {
    const pair = xWing.keygen();
    return [hex(pair.secretKey), hex(pair.publicKey)];
  },
  xWingEncapsulate({ key }) {
    const { sharedSecret, cipherText } = xWing.encapsulate(unhex(key));
    return [hex(sharedSecret), hex(cipherText)];
  },
  xWingDecapsulate({ key, ciphertext }) {
    return hex(xWing.decapsulate(unhex(ciphertext), unhex(key)));
  },
};

const done = [];
for (const job of JSON.parse(readFileSync(jobs))) done.push(await work[job.do](job));
writeFileSync(answers, JSON.stringify(done));
