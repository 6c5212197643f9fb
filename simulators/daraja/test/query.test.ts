import { startSimulator } from './support'

let daraja: Awaited<ReturnType<typeof startSimulator>>
beforeEach(async () => {
  daraja = await startSimulator()
})
afterEach(() => daraja.close())

test('pending has two shapes in turn; the answer has text codes and neither amount nor receipt', async () => {
  const { body } = await daraja.push()
  const id = String(body.CheckoutRequestID)
  const first = await daraja.query(id)
  const second = await daraja.query(id)
  expect(first).toEqual({
    status: 500,
    body: { requestId: id, errorCode: '500.001.1001', errorMessage: 'The transaction is being processed' },
  })
  expect(second).toMatchObject({ status: 200, body: { ResponseCode: '0', ResultCode: '4999' } })
  expect((await daraja.query(id)).status).toBe(500)

  daraja.control.pay(id)
  expect(await daraja.query(id)).toEqual({
    status: 200,
    body: {
      ResponseCode: '0',
      ResponseDescription: 'The service request has been accepted successsfully',
      MerchantRequestID: body.MerchantRequestID,
      CheckoutRequestID: id,
      ResultCode: '0',
      ResultDesc: 'The service request is processed successfully.',
    },
  })
})

test('a silent push stays pending', async () => {
  const { body } = await daraja.push({ PhoneNumber: 254700000099 })
  daraja.clock.advance(3_600_000 / 2)
  expect((await daraja.query(body.CheckoutRequestID)).body.errorMessage).toBe('The transaction is being processed')
  expect((await daraja.query(body.CheckoutRequestID)).body.ResultCode).toBe('4999')
})

test('an unknown id and wrong credentials are refused', async () => {
  expect((await daraja.query('ws_CO_unknown')).body).toMatchObject({
    errorCode: '400.002.02',
    errorMessage: 'Bad Request - Invalid CheckoutRequestID',
  })
  const wrong = { ...daraja.credentials(), Password: 'bm90IGl0', CheckoutRequestID: 'x' }
  expect((await daraja.call('/mpesa/stkpushquery/v1/query', wrong)).body.errorMessage).toBe('Wrong credentials')
})

test('a query that disagrees says cancelled for a push that is paid', async () => {
  const { body } = await daraja.push()
  daraja.control.pay(String(body.CheckoutRequestID))
  daraja.control.changeSwitches({ queryDisagrees: { rate: 1 } })
  expect((await daraja.query(body.CheckoutRequestID)).body.ResultCode).toBe('1032')
})
