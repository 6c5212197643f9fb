import type { DemoCategory } from './catalogue'

export const phones: DemoCategory = {
  name: 'Phones & Tablets',
  products: [
    {
      sku: 'SAMSUNG-GALAXY-A16-128',
      name: 'Samsung Galaxy A16 128 GB',
      price: 22999,
      stock: 34,
      drawing: 'phone',
      tint: 'blue',
      description:
        'A sturdy everyday phone with a bright 6.7-inch screen and a 5000 mAh battery that sees out a long day. Takes two SIM cards and a memory card at the same time. In the box: phone, cable and SIM pin; the charger is sold apart.',
    },
    {
      sku: 'SAMSUNG-GALAXY-A56-256',
      name: 'Samsung Galaxy A56 5G 256 GB',
      price: 54999,
      stock: 18,
      drawing: 'phone',
      tint: 'violet',
      description:
        'Glass and metal build, smooth 120 Hz screen and a main camera that copes well with evening light. Works on 5G in the towns that have it and falls back to 4G elsewhere. Two years of shop warranty.',
    },
    {
      sku: 'SAMSUNG-GALAXY-S25-ULTRA-512',
      name: 'Samsung Galaxy S25 Ultra 512 GB',
      price: 189999,
      stock: 3,
      drawing: 'phone-pen',
      tint: 'slate',
      description:
        'The big one: a titanium frame, a 6.9-inch screen and a pen that slides into the phone. Made for people who edit documents, photos and video on the move. Comes sealed, with its receipt and a screen protector fitted on request.',
    },
    {
      sku: 'TECNO-SPARK-30C-128',
      name: 'Tecno Spark 30C 128 GB',
      price: 16499,
      stock: 41,
      drawing: 'phone',
      tint: 'green',
      description:
        'Plenty of storage and a 5000 mAh battery at a friendly price. Stereo speakers make it a good phone for radio and football highlights. Dust and splash resistant, but not for swimming.',
    },
    {
      sku: 'INFINIX-HOT-50I-128',
      name: 'Infinix Hot 50i 128 GB',
      price: 14999,
      stock: 27,
      drawing: 'phone',
      tint: 'amber',
      description:
        'A large screen and a slim body for a first smartphone or a second line. Fingerprint reader on the side button. Charges over USB-C, charger included.',
    },
    {
      sku: 'REDMI-14C-128',
      name: 'Xiaomi Redmi 14C 128 GB',
      price: 15499,
      stock: 22,
      drawing: 'phone',
      tint: 'teal',
      description:
        'Tall 6.88-inch screen with a reading mode that is kind to the eyes at night. The battery holds 5160 mAh, which most people stretch to two days. Dual SIM with a separate slot for a memory card.',
    },
    {
      sku: 'APPLE-IPHONE-16-PRO-MAX-512',
      name: 'Apple iPhone 16 Pro Max 512 GB',
      price: 264999,
      stock: 2,
      drawing: 'phone-square',
      tint: 'sand',
      description:
        'The largest iPhone of its year, in desert titanium. Its long zoom and steady video have made it a favourite of wedding photographers. Costs more than one M-Pesa payment may carry: please pay by card.',
    },
    {
      sku: 'NOKIA-105-DUAL-SIM',
      name: 'Nokia 105 Dual SIM',
      price: 2199,
      stock: 60,
      drawing: 'phone-keys',
      tint: 'blue',
      description:
        'Calls, messages, FM radio and a torch, and a battery that lasts for days. Real keys that work with wet or dusty hands. M-Pesa works through the SIM menu.',
    },
    {
      sku: 'SAMSUNG-GALAXY-TAB-A9-PLUS-64',
      name: 'Samsung Galaxy Tab A9+ 64 GB',
      price: 32999,
      stock: 9,
      drawing: 'tablet',
      tint: 'violet',
      description:
        'An 11-inch tablet for lessons, films and the odd spreadsheet. Four speakers, a metal back and room for a memory card. Wi-Fi only: use it at home or on a phone hotspot.',
    },
  ],
}
