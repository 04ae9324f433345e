// Two libraries get a bound token, use it, and lose it to a thief who has not the key.
import { readFileSync } from 'node:fs'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'

const asked = JSON.parse(readFileSync(0, 'utf8'))
const issuer = new URL(asked.issuer)
const api = new URL(asked.api_url)

async function withOpenidClient() {
  const config = await client.discovery(issuer, asked.client_id, {}, client.ClientSecretPost(asked.client_secret), {
    // The tests' server speaks http on loopback.
    algorithm: 'oauth2', execute: [client.allowInsecureRequests],
  })
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  const answer = await client.clientCredentialsGrant(config, { scope: asked.scope }, { DPoP })
  const call = (options) =>
    client.fetchProtectedResource(config, answer.access_token, api, 'GET', null, new Headers(), options)
      .then((response) => response.status, (error) => error.status)
  const thief = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  return {
    type: answer.token_type,
    statuses: [await call({ DPoP }), await call({ DPoP }), await call({ DPoP: thief }), await call({})],
  }
}

async function withOauth4webapi() {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  const server = await oauth.processDiscoveryResponse(issuer, discovered)
  const me = { client_id: asked.client_id }
  const DPoP = oauth.DPoP(me, await oauth.generateKeyPair('ES256'))
  const twice = async (attempt) => {
    try {
      return await attempt()
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error
      return attempt()
    }
  }
  const answer = await twice(async () => oauth.processClientCredentialsResponse(server, me,
    await oauth.clientCredentialsGrantRequest(server, me, oauth.ClientSecretPost(asked.client_secret),
      { scope: asked.scope }, { DPoP, ...insecure })))
  const response = await twice(() => oauth.protectedResourceRequest(answer.access_token, 'GET', api, new Headers(), null, { DPoP, ...insecure }))
  return { type: answer.token_type, statuses: [response.status] }
}

console.log(JSON.stringify({ openid_client: await withOpenidClient(), oauth4webapi: await withOauth4webapi() }))
