import type { DemoCategory } from './catalogue'

export const fashion: DemoCategory = {
  name: 'Fashion',
  products: [
    {
      sku: 'ANKARA-WRAP-DRESS',
      name: 'Ankara Wrap Dress',
      price: 2850,
      stock: 19,
      drawing: 'dress',
      tint: 'red',
      description:
        'A knee-length wrap dress in bold wax print, sewn in Eastleigh. The tie adjusts it from size 10 to 16. No two are cut from quite the same piece of the pattern.',
    },
    {
      sku: 'MAASAI-SHUKA-RED',
      name: 'Maasai Shuka, Red Check',
      price: 1400,
      stock: 46,
      drawing: 'shuka',
      tint: 'red',
      description:
        'The classic checked blanket, 150 by 200 centimetres of thick acrylic. Warm on a cold Limuru evening, handy as a picnic cloth or curtain. Washes well and does not fade.',
    },
    {
      sku: 'POLO-SHIRT-COTTON-NAVY',
      name: 'Cotton Polo Shirt, Navy',
      price: 1250,
      stock: 58,
      drawing: 'polo',
      tint: 'blue',
      description:
        'Heavy combed cotton that keeps its shape after many washes. Neat enough for the office on a Friday. Cut straight; take your usual size.',
    },
    {
      sku: 'BEADED-LEATHER-SANDALS',
      name: 'Beaded Leather Sandals',
      price: 1650,
      stock: 23,
      drawing: 'sandals',
      tint: 'brown',
      description:
        'Flat leather sandals with straps beaded by hand in Kajiado. The sole is cut from an old tyre and will outlive fashion. They soften after a day or two of wear.',
    },
    {
      sku: 'CANVAS-SNEAKERS-WHITE',
      name: 'Canvas Sneakers, White',
      price: 2200,
      stock: 31,
      drawing: 'sneaker',
      tint: 'slate',
      description:
        'Plain white canvas on a rubber sole: they go with everything. The insole lifts out for drying. Washable by hand.',
    },
    {
      sku: 'KIONDO-BASKET-SISAL',
      name: 'Sisal Kiondo Basket',
      price: 2900,
      stock: 12,
      drawing: 'kiondo',
      tint: 'amber',
      description:
        'Woven by a women’s group in Machakos from dyed sisal, with leather handles. Carries a market day’s shopping without complaint. About 35 centimetres wide and 30 tall.',
    },
    {
      sku: 'DENIM-JEANS-STRAIGHT',
      name: 'Straight Denim Jeans',
      price: 1950,
      stock: 44,
      drawing: 'jeans',
      tint: 'blue',
      description:
        'Mid-blue denim with a touch of stretch and five proper pockets. Sits at the waist and falls straight. Leg length 32 inches; the shop hems it free of charge.',
    },
    {
      sku: 'BEAD-NECKLACE-SAMBURU',
      name: 'Samburu Bead Necklace',
      price: 750,
      stock: 2,
      drawing: 'necklace',
      tint: 'teal',
      description:
        'Seven rows of glass beads on a flexible wire, made in Maralal. Each colour carries a meaning; a small card explains them. Closes with a brass hook.',
    },
  ],
}
