// node-oidc-provider with one client, everything in memory: PORT, and FORMAT opaque or an algorithm.
import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";

const { PORT, FORMAT } = process.env;
const makers = {
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: () => generateKeyPairSync("ed25519"),
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
const isSigned = FORMAT in makers;
const names = { EdDSA: "Ed25519" };
const alg = isSigned ? FORMAT : "RS256";
const jwk = makers[alg]().privateKey.export({ format: "jwk" });
const signed = {
  accessTokenFormat: "jwt",
  jwt: { sign: { alg: names[alg] ?? alg } },
};

const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  clients: [
    {
      client_id: "node",
      client_secret: "a-secret",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: "client_secret_post",
      id_token_signed_response_alg: names[alg] ?? alg,
      scope: "a",
    },
  ],
  scopes: ["a"],
  jwks: { keys: [{ ...jwk, alg: names[alg] ?? alg, use: "sig" }] },
  cookies: { keys: ["a"] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "https://api.example.com",
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "a",
        accessTokenTTL: 3600,
        ...(isSigned ? signed : { accessTokenFormat: "opaque" }),
      }),
    },
  },
});
provider.listen(Number(PORT), "127.0.0.1");
