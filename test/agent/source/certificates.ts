/** A private authority and what it signs, made with openssl. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { run, withDirectory } from "../../workplace.ts";

export interface Certificates {
  /** Where the PEM files lie. */
  readonly directory: string;
  path(name: string): string;
  /** Makes a key pair `<name>.pem`, `<name>.key`, signed by an authority of the directory or by itself. */
  make(name: string, more?: { readonly signer?: string; readonly names?: string }): Promise<void>;
  /** What a server needs to present it. */
  of(name: string): Promise<{ readonly cert: Buffer; readonly key: Buffer }>;
}

/** Makes a directory with the authority `ca` and a certificate `server` for 127.0.0.1 and targets.example.com. */
export async function withCertificates<T>(act: (made: Certificates) => Promise<T>): Promise<T> {
  return await withDirectory({}, async (directory) => {
    const path = (name: string): string => join(directory, name);
    const make: Certificates["make"] = async (name, { signer, names } = {}) => {
      const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2"];
      const by = signer === undefined ? [] : ["-CA", `${signer}.pem`, "-CAkey", `${signer}.key`];
      const use = signer === undefined ? "basicConstraints=critical,CA:TRUE" : "basicConstraints=CA:FALSE";
      const alternative = names === undefined ? [] : ["-addext", `subjectAltName=${names}`];
      const out = ["-keyout", `${name}.key`, "-out", `${name}.pem`, "-subj", `/CN=${name}`, "-config", "empty.cnf"];
      const command = ["openssl", "req", "-x509", ...curve, ...by, "-addext", use, ...alternative, ...out];
      const ran = await run(directory, [
        "sh",
        "-c",
        'echo "[req]\ndistinguished_name=dn\n[dn]" > empty.cnf && "$@"',
        "sh",
        ...command,
      ]);
      if (ran.exit !== 0) throw new Error(ran.stderr);
    };
    await make("ca");
    await make("server", { signer: "ca", names: "IP:127.0.0.1,DNS:targets.example.com" });
    const of: Certificates["of"] = async (name) => ({
      cert: await readFile(path(`${name}.pem`)),
      key: await readFile(path(`${name}.key`)),
    });
    return await act({ directory, path, make, of });
  });
}
