import type { DemoCategory } from './catalogue'

export const groceries: DemoCategory = {
  name: 'Groceries',
  products: [
    {
      sku: 'MAIZE-FLOUR-2KG',
      name: 'Sifted Maize Flour 2 kg',
      price: 165,
      stock: 400,
      drawing: 'flour-bag',
      tint: 'amber',
      description:
        'Fine white flour for soft ugali, milled from grade-one maize. Fortified with iron and vitamins. Keeps for six months in a dry cupboard.',
    },
    {
      sku: 'PISHORI-RICE-5KG',
      name: 'Mwea Pishori Rice 5 kg',
      price: 1150,
      stock: 90,
      drawing: 'rice-sack',
      tint: 'green',
      description:
        'Pure, unblended pishori from the Mwea fields, known for its smell long before it is cooked. This year’s harvest. Soak it for twenty minutes and use one and a half cups of water for each cup.',
    },
    {
      sku: 'KERICHO-TEA-500G',
      name: 'Kericho Tea Leaves 500 g',
      price: 290,
      stock: 160,
      drawing: 'tea-box',
      tint: 'green',
      description:
        'Strong highland leaf that stands up to plenty of milk. Packed within a week of picking. Makes about two hundred and fifty cups.',
    },
    {
      sku: 'NYERI-COFFEE-BEANS-250G',
      name: 'Nyeri AA Coffee Beans 250 g',
      price: 690,
      stock: 45,
      drawing: 'coffee-bag',
      tint: 'brown',
      description:
        'Medium-roast beans from a single co-operative on the slopes of Mount Kenya. Blackcurrant and a clean finish. Roasted every Monday; the date is on the bag.',
    },
    {
      sku: 'LONG-LIFE-MILK-500ML',
      name: 'Long-Life Milk 500 ml',
      price: 65,
      stock: 350,
      drawing: 'milk-carton',
      tint: 'blue',
      description:
        'Whole cow’s milk that needs no fridge until it is opened. Good for tea, porridge and baking. Buy twelve and you have a tray.',
    },
    {
      sku: 'SUNFLOWER-OIL-3L',
      name: 'Sunflower Cooking Oil 3 L',
      price: 985,
      stock: 75,
      drawing: 'oil-jug',
      tint: 'amber',
      description:
        'Light oil without cholesterol, pressed and filtered in Nakuru. Has hardly any taste of its own. The jug has a handle and pours without dripping.',
    },
    {
      sku: 'KITUI-HONEY-500G',
      name: 'Kitui Acacia Honey 500 g',
      price: 550,
      stock: 30,
      drawing: 'honey-jar',
      tint: 'amber',
      description:
        'Raw honey from hives hung in acacia trees, strained but never heated. It may set in cold weather: stand the jar in warm water. Not for babies under one year.',
    },
    {
      sku: 'NDENGU-GREEN-GRAMS-1KG',
      name: 'Ndengu (Green Grams) 1 kg',
      price: 220,
      stock: 120,
      drawing: 'gram-bowl',
      tint: 'green',
      description:
        'Clean, sorted green grams from Makueni. No soaking needed: forty minutes on a slow fire will do. One kilogram feeds eight.',
    },
    {
      sku: 'EGGS-TRAY-30',
      name: 'Farm Eggs, Tray of 30',
      price: 480,
      stock: 4,
      drawing: 'egg-tray',
      tint: 'sand',
      description:
        'Thirty large eggs from free-ranging hens in Kiambu. Collected each morning and delivered the same week. The tray goes back with the rider.',
    },
    {
      sku: 'IODISED-SALT-1KG',
      name: 'Iodised Salt 1 kg',
      price: 50,
      stock: 500,
      drawing: 'salt-pack',
      tint: 'blue',
      description: 'Fine table salt from the Malindi pans, with iodine added. Stays free-flowing in a closed tin.',
    },
  ],
}
