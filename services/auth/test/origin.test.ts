import { networkOf } from '../src/origin'

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2ff:3:4:5:6', '2001:db8:1:200'],
  ['2001:db8:1:2ff::', '2001:db8:1:200'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
  ['2001:DB8:0:10::5', '2001:db8:0:0'],
  ['1::2:3:4:5:6:7', '1:0:2:0'],
  [null, 'unknown'],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
