// An OpenID provider for tests: npm's oidc-provider with its own development
// interactions, in which any name and password sign in.
//   node provider.mjs NODE_MODULES REDIRECT_URI
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'

const [, , modules, redirect] = process.argv
const { Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`))

const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'fieldseal', client_secret: 'a secret of this test alone', redirect_uris: [redirect] }],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
    findAccount: (ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, groups: id === 'stranger' ? ['guests'] : ['staff', 'supervisors'] }),
    }),
    pkce: { required: () => true },
    cookies: { keys: ['a key of this test alone'] },
  })
  server.on('request', provider.callback())
  console.log(issuer)
})
process.stdin.on('end', () => process.exit(0)).resume()
