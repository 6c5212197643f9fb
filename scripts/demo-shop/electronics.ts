import type { DemoCategory } from './catalogue'

export const electronics: DemoCategory = {
  name: 'Electronics',
  products: [
    {
      sku: 'HISENSE-43-SMART-TV',
      name: 'Hisense 43-inch Smart TV',
      price: 34999,
      stock: 12,
      drawing: 'television',
      tint: 'violet',
      description:
        'A full HD television with a built-in free-to-air decoder and the usual streaming apps. Two HDMI sockets and one USB socket for films on a stick. Table legs and wall screws are in the box.',
    },
    {
      sku: 'HP-15-LAPTOP-512',
      name: 'HP 15 Laptop 8 GB / 512 GB SSD',
      price: 64999,
      stock: 7,
      drawing: 'laptop',
      tint: 'blue',
      description:
        'A 15.6-inch laptop for campus and office work: eight gigabytes of memory and a quick solid-state disk. Full keyboard with a number block. The battery carries a morning of lectures, the charger the rest.',
    },
    {
      sku: 'APPLE-MACBOOK-PRO-14-512',
      name: 'Apple MacBook Pro 14-inch 512 GB',
      price: 259999,
      stock: 4,
      drawing: 'laptop',
      tint: 'slate',
      description:
        'A compact machine for people who cut film, mix sound or build software. Runs a working day without its charger. Above the limit of a single M-Pesa payment, so please choose card at the till.',
    },
    {
      sku: 'ORAIMO-FREEPODS-4',
      name: 'Oraimo FreePods 4 Earbuds',
      price: 3999,
      stock: 48,
      drawing: 'earbuds',
      tint: 'green',
      description:
        'Wireless earbuds with deep bass and noise cancelling for matatu rides. The case recharges them several times before it needs a socket itself. Three sizes of silicone tips included.',
    },
    {
      sku: 'ANKER-POWER-BANK-20000',
      name: 'Anker Power Bank 20,000 mAh',
      price: 5999,
      stock: 25,
      drawing: 'power-bank',
      tint: 'blue',
      description:
        'Fills an ordinary phone about four times over. One USB-C and two USB-A sockets, so that three people can share it during a blackout. Small lights show how much is left.',
    },
    {
      sku: 'JBL-GO-4-SPEAKER',
      name: 'JBL Go 4 Bluetooth Speaker',
      price: 6499,
      stock: 16,
      drawing: 'speaker',
      tint: 'red',
      description:
        'A speaker the size of a bar of soap with a surprisingly grown-up voice. Dust and water do not bother it. Plays for about seven hours at a sensible volume.',
    },
    {
      sku: 'SONY-WH-CH520-HEADPHONES',
      name: 'Sony WH-CH520 Headphones',
      price: 7999,
      stock: 14,
      drawing: 'headphones',
      tint: 'violet',
      description:
        'Light on-ear headphones that fold flat into a bag. One charge lasts up to fifty hours, which is a week of commuting. Connects to a phone and a laptop at the same time.',
    },
    {
      sku: 'TP-LINK-4G-ROUTER',
      name: 'TP-Link 4G Wi-Fi Router',
      price: 8499,
      stock: 11,
      drawing: 'router',
      tint: 'teal',
      description:
        'Put in any data SIM and share it with up to thirty-two devices. Two outside aerials help where the signal is thin. Works as an ordinary router too when fibre arrives.',
    },
    {
      sku: 'CANON-EOS-R50-KIT',
      name: 'Canon EOS R50 Camera with 18-45 mm Lens',
      price: 118500,
      stock: 3,
      drawing: 'camera',
      tint: 'slate',
      description:
        'A small mirrorless camera that finds and follows faces by itself. The screen turns round for filming yourself. Battery, charger, strap and one lens included; the memory card is not.',
    },
    {
      sku: 'USB-C-CABLE-BRAIDED-2M',
      name: 'Braided USB-C Cable 2 m',
      price: 350,
      stock: 180,
      drawing: 'cable',
      tint: 'amber',
      description:
        'A cable long enough to reach the bed from the socket. The woven cover keeps it from splitting at the ends. Charges at up to 60 W and carries data.',
    },
  ],
}
