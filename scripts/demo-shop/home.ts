import type { DemoCategory } from './catalogue'

export const home: DemoCategory = {
  name: 'Home & Kitchen',
  products: [
    {
      sku: 'ELECTRIC-KETTLE-1-7L',
      name: 'Electric Kettle 1.7 L',
      price: 1899,
      stock: 33,
      drawing: 'kettle',
      tint: 'slate',
      description:
        'Boils enough for eight cups and switches itself off. Steel inside and out, with a handle that stays cool. The base turns all the way round, so left-handers are welcome.',
    },
    {
      sku: 'SUFURIA-SET-7',
      name: 'Aluminium Sufuria Set of 7 with Lids',
      price: 3450,
      stock: 21,
      drawing: 'sufuria',
      tint: 'slate',
      description:
        'Seven thick-walled sufurias from one to seven litres that nest into each other. Good on gas, jiko and three stones alike. Made in Nairobi by a family workshop.',
    },
    {
      sku: 'GAS-CYLINDER-6KG-BURNER',
      name: '6 kg Gas Cylinder with Burner and Grill',
      price: 6200,
      stock: 15,
      drawing: 'gas-cylinder',
      tint: 'teal',
      description:
        'A full six-kilogram cylinder with burner and pot stand, ready to cook on. Lasts a family of three about a month. Exchange it for a full one at any dealer of the same colour.',
    },
    {
      sku: 'VACUUM-FLASK-1-8L',
      name: 'Steel Vacuum Flask 1.8 L',
      price: 1750,
      stock: 40,
      drawing: 'flask',
      tint: 'red',
      description:
        'Keeps chai hot from breakfast until the evening news. Unbreakable steel liner, wide neck for easy washing. The lid is a cup.',
    },
    {
      sku: 'BLENDER-1-5L-GRINDER',
      name: 'Blender 1.5 L with Dry Mill',
      price: 4299,
      stock: 13,
      drawing: 'blender',
      tint: 'green',
      description:
        'Five hundred watts make short work of mangoes, soup and ice. The small mill grinds pilau spices and coffee. The jar is glass and can be measured by.',
    },
    {
      sku: 'FRIDGE-SINGLE-DOOR-92L',
      name: 'Single-Door Fridge 92 L',
      price: 24999,
      stock: 5,
      drawing: 'fridge',
      tint: 'blue',
      description:
        'A compact fridge with an ice box for a bedsitter, shop or office. Uses about as much power as two light bulbs. Quiet, lockable, with an adjustable glass shelf.',
    },
    {
      sku: 'JIKO-ENERGY-SAVER-CLAY',
      name: 'Energy-Saving Charcoal Jiko',
      price: 1650,
      stock: 28,
      drawing: 'jiko',
      tint: 'red',
      description:
        'A steel jiko with a thick clay liner that needs about half the charcoal of a plain one. Takes sufurias of 18 to 32 centimetres. Use it outdoors or with a window open.',
    },
    {
      sku: 'FRYING-PAN-28CM',
      name: 'Non-Stick Frying Pan 28 cm',
      price: 1299,
      stock: 37,
      drawing: 'frying-pan',
      tint: 'brown',
      description:
        'Turns out eggs and chapati without a fight. The heavy base spreads the heat and does not buckle. Please use wooden or silicone spoons only.',
    },
    {
      sku: 'MOSQUITO-NET-DOUBLE',
      name: 'Treated Mosquito Net, Double Bed',
      price: 1100,
      stock: 52,
      drawing: 'mosquito-net',
      tint: 'blue',
      description:
        'A fine-mesh net for beds of up to 5 by 6 feet, treated to stay effective through twenty washes. Hangs from one hook, which is included. Sewn seams, no glue.',
    },
  ],
}
