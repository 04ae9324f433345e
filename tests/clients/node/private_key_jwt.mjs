// private_key_jwt as openid-client and oauth4webapi do it.
import { readFileSync } from 'node:fs'
import { importPKCS8 } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

const asked = JSON.parse(readFileSync(0, 'utf8'))
const key = await importPKCS8(asked.private_key, asked.algorithm)
const signing = { key, kid: asked.kid }

async function withOpenidClient() {
  const config = await openid.discovery(
    new URL(asked.issuer),
    asked.client_id,
    undefined,
    openid.PrivateKeyJwt(signing),
    // The tests' server speaks http on loopback.
    { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] },
  )
  const { access_token: token, ...answer } = await openid.clientCredentialsGrant(config)
  return { token, answer, introspected: await openid.tokenIntrospection(config, token) }
}

async function withOauth4webapi() {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const issuer = new URL(asked.issuer)
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  const server = await oauth.processDiscoveryResponse(issuer, discovered)
  const client = { client_id: asked.client_id }
  const proof = oauth.PrivateKeyJwt(signing)
  const got = await oauth.clientCredentialsGrantRequest(server, client, proof, new URLSearchParams(), insecure)
  const { access_token: token, ...answer } = await oauth.processClientCredentialsResponse(server, client, got)
  const told = await oauth.introspectionRequest(server, client, proof, token, insecure)
  return { token, answer, introspected: await oauth.processIntrospectionResponse(server, client, told) }
}

const { library } = asked
const { token, answer, introspected } = library === 'openid-client'
  ? await withOpenidClient()
  : await withOauth4webapi()
const response = await fetch(asked.api_url, { headers: { Authorization: `Bearer ${token}` } })
console.log(JSON.stringify({ answer, active: introspected.active, status: response.status }))
